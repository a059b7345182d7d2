"""In-memory adapters: full implementations of the ports, gone with the process."""
