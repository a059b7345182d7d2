"""The measurements; each module returns one table."""
