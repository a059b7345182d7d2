from collections.abc import Iterator

import pytest

import pictures
from adapters.engines.engine import ChildEngine
from integration.engines.samples import page_samples
from ocrcore.testing.engine import EngineContract, PageSamples, recognise


@pytest.fixture(scope="module")
def tesseract() -> Iterator[ChildEngine]:
    with ChildEngine("tesseract", slots=2) as engine:
        yield engine


class TestTesseract(EngineContract):
    @pytest.fixture
    def engine(self, tesseract: ChildEngine) -> ChildEngine:
        return tesseract

    @pytest.fixture
    def pages(self) -> PageSamples:
        return page_samples()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_however_the_camera_was_held_the_page_reads_the_same(tesseract: ChildEngine, orientation: int) -> None:
    layout = recognise(tesseract, pictures.turned(pictures.draw("HELLO WORLD"), orientation, "JPEG"))
    assert (layout.text, layout.width, layout.height) == ("HELLO WORLD", 640, 160)


def test_white_letters_on_nothing_are_read(tesseract: ChildEngine) -> None:
    assert recognise(tesseract, pictures.white_on_clear("HELLO WORLD")).text == "HELLO WORLD"


@pytest.mark.parametrize("text", ["A ação do avô é fácil", "São três pães e dois cafés", "você está aqui"])
def test_portuguese_is_read_with_its_accents(tesseract: ChildEngine, text: str) -> None:
    assert recognise(tesseract, pictures.accented(text), languages=("por",)).text == text
