"""The driven ports: what the core needs of the world, each in words that a text file could implement.

Every port is a ``Protocol`` with abstract methods; adapters inherit it explicitly, so one that lacks a verb fails at
construction. The suites in ``ocrcore.testing`` hold every adapter to what the docstrings say. Unless one says
otherwise, verbs are safe to call from several threads, and raise an ``Unavailable`` error when the service behind
them does not answer.
"""
