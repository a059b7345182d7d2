"""What is measured; each module returns one table."""
