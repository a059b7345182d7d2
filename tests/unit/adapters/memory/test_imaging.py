import pytest

from adapters.memory.imaging import MemoryImaging
from ocrcore.testing.imaging import HeaderSamples, ImagingContract


class TestMemoryImaging(ImagingContract):
    @pytest.fixture
    def imaging(self) -> MemoryImaging:
        return MemoryImaging()

    @pytest.fixture
    def headers(self) -> HeaderSamples:
        return HeaderSamples(lambda width, height: b"PICTURE:%dx%d:" % (width, height), b"DOCUMENT:A\fB\fC")
