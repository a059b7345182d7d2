"""The steps that time makes due: relay, expire, recover, purge."""
