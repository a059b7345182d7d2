"""Migrations to the schema of :mod:`adapters.sql.tables`."""
