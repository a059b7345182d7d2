"""The ways to read a folder of pictures that are compared; each is one module."""
