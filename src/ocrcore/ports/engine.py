"""The OCR engine: a picture's bytes in, a layout out."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.engine_choice import choose_engine
from ocrcore.domain.errors import OcrError
from ocrcore.domain.layout import Layout
from ocrcore.domain.looks import Doubt
from ocrcore.domain.offer import Offer
from ocrcore.domain.options import AUTO, JobOptions
from ocrcore.ports.documents import Source


class EngineFailure(OcrError):
    """The recognition failed, for the reason in ``code``."""

    def __init__(self, code: ItemErrorCode) -> None:
        super().__init__(code.value)
        self.code = code


class EngineUnavailable(OcrError):
    """This machine lacks something that the engine needs, such as room for its files; the page may be fine."""


class EngineStopped(OcrError):
    """The recognition was stopped by its caller; this is not a failure of the page."""


class Stop(Protocol):
    """A flag that another thread may set, such as a ``threading.Event``."""

    @abstractmethod
    def is_set(self) -> bool:
        """Return whether the recognition should end now."""


@dataclass(frozen=True, slots=True)
class Page:
    """The page to recognise, and the options of its job."""

    #: The uploaded file, of any accepted kind; untrusted. The caller closes it.
    source: Source
    #: From 1, within the file.
    number: int = 1
    #: ``options.engine`` is a key of the engine's offers; for ``auto`` it takes its choice.
    options: JobOptions = field(default_factory=JobOptions)


class Engine(Protocol):
    """Decodes and recognises one page, outside this process and under limits of time and memory.

    Opens no files and addresses other than its own, even if the bytes refer to them.
    """

    @property
    @abstractmethod
    def offers(self) -> Mapping[str, Offer]:
        """The installed engines by name, constant for the lifetime of this object.

        But a version may change once, when an engine turns out to run otherwise than was meant.
        ``auto`` has the version of the one that reads most pages of jobs without a named engine, and the languages that
        such a job may have.
        """

    @property
    def default(self) -> str:
        """The engine that the operator chose for such jobs, or ``auto``."""
        return AUTO

    def choice(self, options: JobOptions) -> str:
        """Return the engine that reads pages with these options. Raises as ``choose_engine`` does."""
        return choose_engine(options, self.offers, self.default)

    @abstractmethod
    def recognise(self, page: Page, *, timeout: timedelta, stop: Stop) -> Layout:
        """Return the layout of the page; a page without words gives a layout without lines.

        Returns or raises at most 5 s after ``timeout`` and within 1 s after ``stop`` is set, and leaves no process,
        file or memory behind. Raises :class:`EngineStopped`, and :class:`EngineFailure` with ``unsupported-image``,
        ``multi-frame-image``, ``image-truncated``, ``image-corrupt``, ``image-too-large``, ``ocr-timeout``,
        ``ocr-crashed``, ``unsupported-language``, or ``internal-error`` for a page whose engine is not installed.
        Raises :class:`EngineUnavailable` if this machine lacks something. The layout is whole
        (:attr:`~ocrcore.domain.layout.Layout.is_whole`), has the warning ``no-words`` if there is ink on the page and
        no word was found, and ``pages-lost`` if a part of the page is damaged and was not seen. Ink beside
        words is told by its ``unread``.
        """

    def recognise_again(
        self,
        page: Page,
        doubt: Doubt,
        *,
        timeout: timedelta,  # noqa: ARG002 - for engines that can
        stop: Stop,  # noqa: ARG002
    ) -> Layout | None:
        """Return the layout of the page from a second look, or None if that would give the reading of the first.

        With ``rotate=auto`` the page is turned upright and its lines are made level before, if they are not: see
        ``rotation`` and ``skew`` of the layout, whose boxes are of the page as it lies. Where ``doubt`` is about the
        ground of the page, that is made even. ``options.engine`` names an engine offered; it may be another one than
        that of the first look. Returns and raises otherwise as :meth:`recognise`.

        Engines that cannot look again return None.
        """
        del page, doubt
        return None

    def check(self) -> None:
        """Return if pages can be read on this machine, else raise :class:`EngineUnavailable`."""
        return

    @property
    def languages(self) -> Sequence[str]:
        """The languages of ``auto``."""
        return self.offers[AUTO].languages

    @property
    def version(self) -> str:
        """The version of ``auto``."""
        return self.offers[AUTO].version
