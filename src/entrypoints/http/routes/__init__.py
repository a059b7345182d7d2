"""The routes, with a module for each resource."""
