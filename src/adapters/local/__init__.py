"""Adapters that need only this machine: its clock, its random numbers, its file system."""
