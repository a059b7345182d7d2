"""The inspection of files in the process of the test, as a child does it."""

import tempfile

from adapters.file_source import FileSource
from adapters.imaging.imaging import HeaderImaging, Inspector
from adapters.imaging.pages import inspect_file
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import UnsupportedImage
from ocrcore.ports.documents import Source
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.imaging import Header


class InProcess(Inspector):
    """Inspects without a child."""

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels

    def inspect(self, source: Source, damaged: ItemErrorCode, place: int = 0, owner: str = "") -> Header:  # noqa: ARG002 - nothing is lost here
        try:
            with as_file(source.read()) as file:
                return inspect_file(file, self._max_pixels)
        except EngineFailure as failure:
            raise UnsupportedImage(failure.code) from failure


class Elsewhere(Inspector):
    """Costs nothing here, as a child costs the API nothing."""

    def __init__(self) -> None:
        self.asked = 0
        #: As what a file would be refused whose inspection does not end.
        self.damaged: ItemErrorCode | None = None

    def inspect(self, source: Source, damaged: ItemErrorCode, place: int = 0, owner: str = "") -> Header:  # noqa: ARG002 - nothing waits
        self.damaged = damaged
        assert source.size
        self.asked += 1
        return Header("tif")


def as_file(content: bytes) -> FileSource:
    """Return a file with these bytes."""
    file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - it closes with what is returned
    file.write(content)
    return FileSource(file)


def header_imaging(max_pixels: int = 50_000_000) -> HeaderImaging:
    """Return the imaging of the product, but for the child."""
    return HeaderImaging(InProcess(max_pixels), max_pixels)
