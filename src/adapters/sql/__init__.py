"""The state of record and the embedded queue in a relational database: SQLAlchemy Core and Alembic, no ORM."""
