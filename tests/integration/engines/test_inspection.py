import io
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from PIL import Image

import pictures
from adapters.engines.inspection import AT_ONCE, ChildInspector
from adapters.engines.pool import ChildPool
from adapters.imaging.imaging import HeaderImaging
from bombs import blank_pages, frames, webp_frames
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import DocumentsBusy, ImageTooLarge, PdfDamaged, Refusal, TooManyPages, UnsupportedImage
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.imaging import Header, Imaging
from ocrcore.testing.imaging import HeaderSamples, ImagingContract
from ocrcore.testing.patience import eventually


@pytest.fixture(scope="module")
def inspector() -> Iterator[ChildInspector]:
    inspector = ChildInspector(lambda: ChildPool(None, slots=AT_ONCE))
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
        inspector.inspect(BytesSource(webp_frames(2, 8_000_000)), code)
    assert inspector.inspect(BytesSource(frames(50)), ItemErrorCode.IMAGE_CORRUPT) == Header("gif", 50)


@pytest.mark.parametrize("many", [frames, webp_frames, blank_pages])
def test_a_file_of_very_many_pages_is_refused_before_it_takes_too_much(
    inspector: ChildInspector, many: Callable[[int], bytes]
) -> None:
    with pytest.raises(TooManyPages, match="more than 50000 pages"):
        inspector.inspect(BytesSource(many(500_000)), ItemErrorCode.IMAGE_CORRUPT)
    assert inspector.inspect(BytesSource(many(5_000)), ItemErrorCode.IMAGE_CORRUPT).pages == 5_000


def test_a_submission_of_many_files_that_take_long_keeps_no_other_waiting(inspector: ChildInspector) -> None:
    bomb, many = BytesSource(webp_frames(2, 8_000_000)), 5
    answered: list[Future[None]] = []
    with ThreadPoolExecutor(many) as threads:
        for place in range(1, many + 1):
            threads.submit(_refused, inspector, bomb, place).add_done_callback(answered.append)
        assert eventually(lambda: inspector.files == {"running": AT_ONCE, "waiting": many - AT_ONCE})
        assert inspector.inspect(BytesSource(frames(5)), ItemErrorCode.IMAGE_CORRUPT).pages == 5
        assert len(answered) <= AT_ONCE
    assert len(answered) == many


def _refused(inspector: ChildInspector, bomb: BytesSource, place: int) -> None:
    with pytest.raises((UnsupportedImage, DocumentsBusy)):
        inspector.inspect(bomb, ItemErrorCode.IMAGE_CORRUPT, place)


def test_the_children_are_started_for_the_first_document_and_ended_with_the_process() -> None:
    pools: list[ChildPool] = []

    def start() -> ChildPool:
        pools.append(ChildPool(None))
        return pools[-1]

    inspector = ChildInspector(start)
    imaging = HeaderImaging(inspector)
    assert imaging.inspect(io.BytesIO(pictures.png("ONE"))) == Header("png")
    assert (len(pools), inspector.children) == (0, 0)
    for _ in range(2):
        assert imaging.inspect(io.BytesIO(pictures.SEVERAL["webp"]())) == Header("webp", 3)
    assert (len(pools), inspector.children) == (1, 1)
    inspector.close()
    assert inspector.children == 0
    with pytest.raises(DocumentsBusy):
        inspector.inspect(BytesSource(pictures.SEVERAL["webp"]()), ItemErrorCode.IMAGE_CORRUPT)
    assert not pools[0].folder.exists()
