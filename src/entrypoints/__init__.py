"""Entrypoints: the HTTP API, the worker, the command line, the library."""
