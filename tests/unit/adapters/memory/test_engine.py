import pytest

from adapters.memory.engine import MemoryEngine
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.offer import Offer
from ocrcore.testing.engine import EngineContract, PageSamples, fault


def picture(text: str) -> bytes:
    return b"PICTURE:" + text.encode()


class TestMemoryEngine(EngineContract):
    @pytest.fixture
    def engine(self) -> MemoryEngine:
        return MemoryEngine(engines={"tesseract": ("ell", "eng", "por"), "ppocr": ("eng", "por")})

    @pytest.fixture
    def pages(self) -> PageSamples:
        return PageSamples(
            draw=picture,
            turned=picture,
            lying=lambda text, degrees: f"PICTURE@{degrees}:{text}".encode(),
            columns=lambda left, right: picture("\n".join([*left, *right])),
            full=lambda lines: picture("\n".join(lines)),
            accented=picture,
            greek=picture,
            blank=b"PICTURE:",
            one_pixel=b"PICTURE:1x1:",
            noise=picture("#'~,"),
            truncated=b"PICTURE!image-truncated",
            corrupt=b"PICTURE!image-corrupt",
            too_large=b"PICTURE:10001x5000:",
            endless=b"PICTURE!endless",
        )


def test_bytes_may_be_named_that_fail() -> None:
    engine = MemoryEngine(faults={picture("BAD"): ItemErrorCode.OCR_CRASHED})
    assert fault(engine, picture("BAD")) is ItemErrorCode.OCR_CRASHED


def test_it_has_the_languages_that_it_was_given() -> None:
    assert MemoryEngine(("por", "deu")).languages == ("deu", "por")


def test_it_plays_the_engines_that_it_was_given() -> None:
    engine = MemoryEngine(engines={"ppocr": ("jpn", "eng"), "tesseract": ("eng",)})
    assert engine.offers == {
        "auto": Offer("ppocr 1", ("eng", "jpn")),
        "ppocr": Offer("ppocr 1", ("eng", "jpn")),
        "tesseract": Offer("tesseract 1", ("eng",)),
    }
