"""The OCR engine: a picture's bytes in, a layout out."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import OcrError
from ocrcore.domain.layout import Layout
from ocrcore.domain.options import AUTO, JobOptions


class EngineFailure(OcrError):
    """This attempt brought no text, for the reason in ``code``."""

    def __init__(self, code: ItemErrorCode) -> None:
        super().__init__(code.value)
        self.code = code


class EngineStopped(OcrError):
    """The recognition was stopped from outside; there is no text and no fault."""


class Stop(Protocol):
    """A flag that another thread may set, as ``threading.Event`` is one."""

    @abstractmethod
    def is_set(self) -> bool:
        """Tell whether the work should end now."""


@dataclass(frozen=True, slots=True)
class Page:
    """The page to recognise, and the options of its job."""

    #: The uploaded bytes, of any form that was allowed in; nothing in them is to be trusted.
    source: bytes
    #: From 1, within the file.
    number: int = 1
    #: ``options.engine`` is one of the engine's offers.
    options: JobOptions = field(default_factory=JobOptions)


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to read a page with."""

    #: Name and version, as ``tesseract 5.3.0``.
    version: str
    #: The codes of the languages that it has, sorted.
    languages: tuple[str, ...]


class Engine(Protocol):
    """Decodes and recognises one page, outside this process and under limits of time and memory.

    Never opens another file or address than its own, whatever the bytes say.
    """

    @property
    @abstractmethod
    def offers(self) -> Mapping[str, Offer]:
        """What a page may name, the same for as long as this lives; ``auto`` is always there, and one of the others."""

    @abstractmethod
    def recognise(self, page: Page, *, timeout: timedelta, stop: Stop) -> Layout:
        """Return what stands on the page; no words is a layout without lines, not a fault.

        Returns or raises at most 5 s after ``timeout``, and within 1 s of ``stop`` being set, and leaves no
        process, file or memory behind. Raises :class:`EngineFault` with ``unsupported-image``,
        ``multi-frame-image``, ``image-truncated``, ``image-corrupt``, ``image-too-large``, ``ocr-timeout``,
        ``ocr-crashed``, ``unsupported-language``, or ``internal-error`` for a page that names what is not offered;
        :class:`EngineStopped`.
        """

    @property
    def languages(self) -> Sequence[str]:
        """The languages of what reads a page that leaves the choice."""
        return self.offers[AUTO].languages

    @property
    def version(self) -> str:
        """The version of what reads a page that leaves the choice."""
        return self.offers[AUTO].version
