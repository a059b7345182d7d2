"""The worker: threads, signals and sleeping around the steps of the core."""
