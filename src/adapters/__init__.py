"""Adapters: implementations of the ports of ocrcore."""
