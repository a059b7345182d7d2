"""The compared ways to recognise a folder of pictures, with a module for each."""
