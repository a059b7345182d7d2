"""The steps that bring a database to the schema of :mod:`adapters.sql.tables`."""
