"""The pages for people, rendered on the server: they work without a script, and ask for nothing outside the machine."""
