import pytest

from adapters.memory.page_images import MemoryPageImages
from ocrcore.testing.page_images import PageImagesContract, PictureSamples


def picture(width: int, height: int) -> bytes:
    return f"PICTURE.tif:{width}x{height}:TEXT".encode()


class TestMemoryRenderer(PageImagesContract):
    @pytest.fixture
    def page_images(self) -> MemoryPageImages:
        return MemoryPageImages()

    @pytest.fixture
    def files(self) -> PictureSamples:
        return PictureSamples(
            draw=picture,
            turned=picture,
            truncated=b"PICTURE!image-truncated",
            corrupt=b"PICTURE!image-corrupt",
            too_large=b"PICTURE:10001x5000:",
        )
