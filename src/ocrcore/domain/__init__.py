"""The domain: pure functions and frozen values, without clock, environment, I/O or logging."""
