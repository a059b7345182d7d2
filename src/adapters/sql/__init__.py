"""The state of record and the embedded queue in a relational database: SQLAlchemy Core and Alembic, without the ORM."""
