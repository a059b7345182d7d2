"""Replacement of one function of the product within a context."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

Owner = ModuleType | type


@contextmanager
def replaced(owner: Owner, name: str, value: object) -> Iterator[None]:
    """Replace an attribute of a module or class within the context."""
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)
