"""The entrypoints: HTTP API, worker, command line, library and client."""
