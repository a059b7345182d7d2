"""Pages of PDFs whose text is taken as it is, if their letters look like what they mean."""

import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest

from adapters.engines.engine import ChildEngine
from digital_pdfs import PROSE, Shown, lines, page
from ocrcore.domain.layout import Layout
from ocrcore.domain.options import ENGINES, JobOptions
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import Page
from ocrcore.testing.patience import FOREVER

EVERY = pytest.mark.parametrize("name", [name for name in ENGINES if name != "auto"])
BASE = lines(PROSE)


@pytest.fixture(scope="module")
def engine(tesseract: str) -> Iterator[ChildEngine]:  # noqa: ARG001 - it skips where there is none
    with ChildEngine(also=ENGINES) as engine:
        yield engine


def recognise(engine: ChildEngine, document: bytes, name: str, pdf_text: str = "auto") -> Layout:
    wanted = Page(BytesSource(document), 1, JobOptions(engine=name, pdf_text=pdf_text))
    return engine.recognise(wanted, timeout=timedelta(seconds=FOREVER), stop=threading.Event())


@EVERY
def test_a_digital_page_is_taken_as_it_is(engine: ChildEngine, name: str) -> None:
    layout = recognise(engine, page(BASE), name)
    assert layout.text == "\n".join(PROSE)
    assert layout.engine.startswith("pdf-text ")
    assert layout.confidence is None
    assert (layout.dpi, layout.rotation, layout.warnings) == (300, 0, ())


@EVERY
def test_a_page_is_recognised_if_that_is_asked_for(engine: ChildEngine, name: str) -> None:
    layout = recognise(engine, page(BASE), name, "ocr")
    assert layout.engine.startswith(f"{name} ")
    assert layout.confidence is not None


def test_a_digital_page_on_its_side_says_how_it_is_turned(engine: ChildEngine) -> None:
    shown = [Shown(text, 100 + 20 * at, 60, direction=(0, 1)) for at, text in enumerate(PROSE)]
    layout = recognise(engine, page(shown), "tesseract")
    assert (layout.engine.split()[0], layout.rotation, layout.text) == ("pdf-text", 90, "\n".join(PROSE))
    assert all(line.bbox[3] - line.bbox[1] > line.bbox[2] - line.bbox[0] for line in layout.lines)


SHIFTED = {chr(97 + at): chr(97 + (at + 1) % 26) for at in range(26)}
WRONG: Mapping[str, Mapping[str, str]] = {
    "every letter": SHIFTED,
    "digits": {"3": "8", "8": "3", "1": "7", "7": "1"},
    "two letters": {"a": "e", "e": "a"},
    "capitals": {"M": "Q", "Q": "M", "T": "Z", "Z": "T"},
}


@EVERY
@pytest.mark.parametrize("kind", WRONG)
def test_a_page_whose_letters_mean_others_is_recognised(engine: ChildEngine, name: str, kind: str) -> None:
    layout = recognise(engine, page(BASE, meanings=WRONG[kind]), name)
    assert layout.engine.startswith(f"{name} ")
    assert "quarterly report" in layout.text
