"""Engines: each runs in child processes under limits, never in this one."""
