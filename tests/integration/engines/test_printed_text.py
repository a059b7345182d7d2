"""Pages of PDFs whose text is taken as it is, if their letters look like what they mean."""

import io
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from PIL import Image

from adapters.engines.engine import ChildEngine
from adapters.engines.printed_text import layout_of_text
from adapters.engines.reader import create_reader
from adapters.engines.seen_letters import SeenLetters
from adapters.imaging.page_text import PageText
from adapters.imaging.pdf.rendering import draw_page, find_text
from digital_pdfs import PROSE, Shown, lines, page, standard_page
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
    "a digit and a letter": {"0": "o", "o": "0"},
}


@EVERY
@pytest.mark.parametrize("kind", WRONG)
def test_a_page_whose_letters_mean_others_is_recognised(engine: ChildEngine, name: str, kind: str) -> None:
    layout = recognise(engine, page(BASE, meanings=WRONG[kind]), name)
    assert layout.engine.startswith(f"{name} ")
    assert "quarterly report" in layout.text


def found(document: bytes) -> PageText:
    text = find_text(io.BytesIO(document), 1, 20_000_000)
    assert text is not None
    return text


def is_taken(document: bytes, seen: SeenLetters, *, may_read: bool = True) -> bool:
    """Return whether the text of a page is taken, or fail if the engine is asked and may not be."""

    def picture() -> Image.Image:
        assert may_read
        return draw_page(io.BytesIO(document), 1, 20_000_000).picture

    return layout_of_text(found(document), picture, create_reader("tesseract"), JobOptions(), seen) is not None


@pytest.fixture(scope="module")
def seen(tesseract: str) -> SeenLetters:  # noqa: ARG001 - it skips where there is none
    """The letters of a page that was read."""
    letters = SeenLetters()
    assert is_taken(page(BASE), letters)
    return letters


def test_the_letters_of_a_font_are_read_once(seen: SeenLetters) -> None:
    assert is_taken(page(lines(["The sums of 14 March were checked in the order of the desk."])), seen, may_read=False)


def test_a_letter_that_was_not_seen_is_read(seen: SeenLetters) -> None:
    document = page(lines(["Rivers and Lakes were Green on Monday"]))
    with pytest.raises(AssertionError):
        is_taken(document, seen, may_read=False)
    assert is_taken(document, seen)
    assert is_taken(document, seen, may_read=False)


def test_letters_that_were_seen_do_not_vouch_for_those_of_another_map(seen: SeenLetters) -> None:
    assert not is_taken(page(BASE, meanings=WRONG["digits"]), seen)


def test_a_wrong_font_beside_a_right_one_is_found(seen: SeenLetters) -> None:
    shown = [*BASE, *lines(["It lists 3,870 invoices, 96 of which", "were paid on 14 March 2026"], y=600)]
    mixed = [replace(each, font=int(each.y <= 600)) for each in shown]
    assert is_taken(page(mixed, others=[{}]), seen, may_read=False)
    assert not is_taken(page(mixed, others=[WRONG["digits"]]), seen)


def test_a_wrong_letter_in_a_short_word_is_found_among_many_long_words() -> None:
    long = [f"{one}{other}{third}nmeau" for one in "nmeausrtxc" for other in "nmeausrtxc" for third in "nmeau"]
    rows = [" ".join(long[at : at + 8]) for at in range(0, len(long), 8)]
    shown = [*lines(rows, pitch=11, size=9), *lines(["It is 7 3 7"], y=40)]
    assert not is_taken(page(shown, meanings={"3": "8", "8": "3"}), SeenLetters())


def test_a_page_in_a_font_that_every_viewer_has_is_not_read() -> None:
    assert is_taken(standard_page("Helvetica"), SeenLetters(), may_read=False)
