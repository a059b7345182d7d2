"""Engines, each run in child processes under limits, never in this process."""
