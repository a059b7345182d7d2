"""The interface of an engine inside a child: one page at a time."""

from abc import abstractmethod
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

from PIL import Image

from adapters.engines.errors import EngineMissing
from ocrcore.domain.layout import Layout
from ocrcore.domain.options import JobOptions


class Reader(Protocol):
    """An engine inside a child, where it may hang, crash or exhaust memory without harm to the parent.

    A module of this package with a reader names it ``create``, and the module's name is the engine's. Creation must be
    cheap, even if the first page is expensive: every child creates all readers, and most children need one. Creation
    raises ``EngineMissing``.
    """

    @property
    @abstractmethod
    def languages(self) -> Sequence[str]:
        """The available language codes, sorted."""

    @property
    def reads_well(self) -> Sequence[str] | None:
        """The languages that it reads about as well as any other engine, sorted; None for all of them."""
        return None

    @property
    @abstractmethod
    def version(self) -> str:
        """The name and version of the engine."""

    def examine(self) -> None:
        """Return if its parts are whole and can be used; else raise ``EngineMissing``. Takes a part of a second."""
        return

    def be_careful(self) -> None:
        """Use what works on every processor from now on: what is faster ended a process while it was loaded."""
        return

    def load(self, *, prepare: bool) -> str:  # noqa: ARG002 - for readers that take long with their first page
        """Load what reading needs, with ``prepare`` also for pages of usual sizes, and return the version as it is.

        What crashes the process for lack of a feature of the processor does so here, and not with a page.
        """
        return self.version

    @abstractmethod
    def read(self, page: Image.Image, options: JobOptions) -> Layout:
        """Return the layout of a grey page. The languages are some of its own. Raises ``EngineFailure``."""


def create_reader(name: str) -> Reader:
    """Return the reader of the engine with this name, one of ocrcore's own. Raises ``EngineMissing``."""
    module = import_module(f"adapters.engines.{name}")
    try:
        reader: Reader = module.create()
    except ImportError as error:
        msg = f"{name} needs an extra that is not installed whole: pip install '.[{name}]' in the sources of ocrcore."
        raise EngineMissing(msg) from error
    return reader
