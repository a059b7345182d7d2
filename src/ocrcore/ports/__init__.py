"""The driven ports: the interfaces that the core requires, free of any vendor's vocabulary.

Every port is a ``Protocol`` with abstract methods. Adapters inherit it explicitly, so an adapter that lacks a verb
fails at construction. The contract suites in ``ocrcore.testing`` test every adapter against the docstrings. Unless a
docstring says otherwise, verbs are thread-safe and raise an ``Unavailable`` error if the service behind them is
unavailable.
"""
