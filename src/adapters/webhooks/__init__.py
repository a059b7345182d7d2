"""Requests to the receivers of webhooks, and the cipher of their secrets."""
