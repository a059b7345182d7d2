import io
from collections.abc import Iterator

import pytest
from PIL import Image

import pictures
from adapters.engines.inspection import ChildInspector
from adapters.engines.pool import ChildPool
from adapters.imaging.imaging import HeaderImaging
from bombs import frames
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import DocumentsBusy, ImageTooLarge, PdfDamaged, Refusal, UnsupportedImage
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.imaging import Header, Imaging
from ocrcore.testing.imaging import HeaderSamples, ImagingContract


@pytest.fixture(scope="module")
def inspector() -> Iterator[ChildInspector]:
    inspector = ChildInspector(lambda: ChildPool(None))
    yield inspector
    inspector.close()


class TestChildInspector(ImagingContract):
    @pytest.fixture
    def imaging(self, inspector: ChildInspector) -> Imaging:
        return HeaderImaging(inspector)

    @pytest.fixture
    def headers(self) -> HeaderSamples:
        return HeaderSamples(pictures.announces, pictures.SEVERAL["tiff"]())


def test_a_page_that_is_too_large_refuses_its_file(inspector: ChildInspector) -> None:
    pages = [Image.new("1", size) for size in ((100, 100), (10_001, 5_000), (100, 100))]
    content = pictures.save(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="group4")
    with pytest.raises(ImageTooLarge):
        HeaderImaging(inspector).inspect(io.BytesIO(content))


@pytest.mark.parametrize(
    ("code", "refusal", "sentence"),
    [
        (ItemErrorCode.IMAGE_CORRUPT, UnsupportedImage, "The picture is damaged"),
        (ItemErrorCode.PDF_DAMAGED, PdfDamaged, "The PDF is damaged"),
    ],
)
def test_a_file_that_takes_too_much_to_inspect_is_damaged_and_the_next_is_inspected(
    inspector: ChildInspector, code: ItemErrorCode, refusal: type[Refusal], sentence: str
) -> None:
    with pytest.raises(refusal, match=sentence):
        inspector.inspect(BytesSource(frames(2_000_000)), code)
    assert inspector.inspect(BytesSource(frames(50)), ItemErrorCode.IMAGE_CORRUPT) == Header("gif", 50)


def test_the_children_are_started_for_the_first_document_and_ended_with_the_process() -> None:
    pools: list[ChildPool] = []

    def start() -> ChildPool:
        pools.append(ChildPool(None))
        return pools[-1]

    inspector = ChildInspector(start)
    imaging = HeaderImaging(inspector)
    assert imaging.inspect(io.BytesIO(pictures.png("ONE"))) == Header("png")
    assert pools == []
    for _ in range(2):
        assert imaging.inspect(io.BytesIO(pictures.SEVERAL["webp"]())) == Header("webp", 3)
    assert len(pools) == 1
    inspector.close()
    with pytest.raises(DocumentsBusy):
        inspector.inspect(BytesSource(pictures.SEVERAL["webp"]()), ItemErrorCode.IMAGE_CORRUPT)
    assert not pools[0].folder.exists()
