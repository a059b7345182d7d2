"""Pictures: headers are read in this process, pixels in a child process."""
