import pytest

from adapters.memory.renderer import MemoryRenderer
from ocrcore.testing.renderer import PictureSamples, RendererContract


def picture(width: int, height: int) -> bytes:
    return f"PICTURE.tif:{width}x{height}:TEXT".encode()


class TestMemoryRenderer(RendererContract):
    @pytest.fixture
    def renderer(self) -> MemoryRenderer:
        return MemoryRenderer()

    @pytest.fixture
    def files(self) -> PictureSamples:
        return PictureSamples(
            draw=picture,
            turned=picture,
            truncated=b"PICTURE!image-truncated",
            corrupt=b"PICTURE!image-corrupt",
            several=b"PICTURE:8x8x2:",
            too_large=b"PICTURE:10001x5000:",
        )
