"""Adapters: what stands behind the ports of ocrcore."""
