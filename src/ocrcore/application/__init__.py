"""The use cases of the service, as functions and steps without threads of their own."""
