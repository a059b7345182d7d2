"""Errors of engines and of the processes that they run in."""

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import OcrError
from ocrcore.ports.engine import EngineFailure


class EngineMissing(OcrError):
    """The engine's program or data is missing. The message says what to install."""


class OutOfMemory(EngineFailure):
    """A page needed more memory than its child may have. What is left may be too little for the child's next page."""

    def __init__(self) -> None:
        super().__init__(ItemErrorCode.IMAGE_TOO_LARGE)
