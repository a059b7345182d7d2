"""Pages as pictures that every browser shows."""

from abc import abstractmethod
from datetime import timedelta
from typing import ClassVar, Protocol

from ocrcore.domain.codes import ProblemCode
from ocrcore.domain.errors import Refusal


class PageImagesBusy(Refusal):
    """There was no time for the picture, or too many others wait for theirs; nothing is wrong with it."""

    code: ClassVar[ProblemCode] = ProblemCode.RATE_LIMITED
    sentence: ClassVar[str] = "The service is busy with other pictures; ask again in a few seconds."


class PageImages(Protocol):
    """Decodes and encodes one page, outside this process and under limits of time and memory.

    Never opens another file or address than its own, whatever the bytes say.
    """

    @abstractmethod
    def render(self, source: bytes, page: int, *, timeout: timedelta) -> bytes:
        """Return a page of a file, counted from 1, as a PNG: upright, grey or RGB, pixel for pixel, without notes.

        What is clear is shown on white, as an engine sees it. Returns or raises at most 5 s after ``timeout``. Raises
        ``EngineFault`` with ``unsupported-image`` (also where the file has no such page), ``multi-frame-image``,
        ``image-truncated``, ``image-corrupt``, ``image-too-large`` or ``ocr-crashed``; :class:`RendererBusy`.
        """
