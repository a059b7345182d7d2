"""The room of access: who calls, by which key, and the keys themselves."""
