"""Page images: pages rendered as PNG for browsers."""

from abc import abstractmethod
from datetime import timedelta
from typing import ClassVar, Protocol

from ocrcore.domain.codes import ProblemCode
from ocrcore.domain.errors import Refusal
from ocrcore.ports.documents import Source


class PageImagesBusy(Refusal):
    """The timeout ran out, or too many other renderings wait; the page itself may be fine."""

    code: ClassVar[ProblemCode] = ProblemCode.BUSY
    sentence: ClassVar[str] = "The service is busy with other pictures; ask again in a few seconds."


class PageImages(Protocol):
    """Decodes and encodes one page, outside this process and under limits of time and memory.

    Opens no files and addresses other than its own, even if the bytes refer to them.
    """

    @abstractmethod
    def render(
        self, source: Source, page: int, *, timeout: timedelta, width: int | None = None, owner: str = ""
    ) -> bytes:
        """Return a page of a file as a PNG: upright, grey or RGB, pixel for pixel, without metadata.

        ``page`` counts from 1. A page that is wider than ``width`` (at least 1) is made smaller, to that width and in
        its shape, at least one pixel high. Transparent pixels are drawn on white, as for an engine. Returns or raises
        at most 5 s after ``timeout``. Where pictures have to wait, the owners take turns. Raises
        :class:`PageImagesBusy`, and ``EngineFailure`` with ``unsupported-image`` (also if the file has no such page),
        ``multi-frame-image``, ``image-truncated``, ``image-corrupt``, ``image-too-large`` or ``ocr-crashed``.
        """
