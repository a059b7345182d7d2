"""Upkeep: the steps that are due by time: relay, expire, recover, purge."""
