"""Adapters that need this machine and nothing else: its clock, its randomness, its file system."""
