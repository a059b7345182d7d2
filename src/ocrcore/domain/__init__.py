"""The rules: pure functions and frozen values, no clock, no environment, no I/O, no logging."""
