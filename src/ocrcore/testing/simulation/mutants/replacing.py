"""Putting one function of the product aside, for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

Owner = ModuleType | type


@contextmanager
def replaced(owner: Owner, name: str, value: object) -> Iterator[None]:
    """Put something in the place of a function of the product, for a while."""
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)
