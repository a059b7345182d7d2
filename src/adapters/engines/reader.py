"""What runs inside a child: one engine, one page at a time."""

from abc import abstractmethod
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

from PIL import Image

from adapters.engines.errors import EngineMissing
from ocrcore.domain.layout import Layout
from ocrcore.domain.options import JobOptions


class Reader(Protocol):
    """An engine on this side of the wall, where it may hang, crash or grow as it likes.

    A module of this package that has one calls it ``create``; its name is the engine's. Creating one is cheap, whatever
    it takes to read the first page: every child has all of them, and most need one. It raises ``EngineMissing``.
    """

    @property
    @abstractmethod
    def languages(self) -> Sequence[str]:
        """The codes that it has, sorted."""

    @property
    @abstractmethod
    def version(self) -> str:
        """Name and version."""

    @abstractmethod
    def read(self, page: Image.Image, options: JobOptions) -> Layout:
        """Return what stands on a grey page; the languages are some of its own. Raises ``EngineFault``."""


def create_reader(name: str) -> Reader:
    """Return the engine of this name. Raises ``EngineMissing``."""
    module = import_module(f"adapters.engines.{name}")
    try:
        reader: Reader = module.create()
    except ImportError as error:
        msg = f"The package {name} is not installed, or not whole; install ocrcore[{name}]."
        raise EngineMissing(msg) from error
    return reader
