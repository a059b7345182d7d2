"""The contract of ``ForeignEngine``, an engine of another distribution."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ocrcore.domain.options import JobOptions
from ocrcore.plugins import ForeignEngine, GreyPage


@dataclass(frozen=True, slots=True)
class GreySamples:
    """Sample pages for one engine."""

    #: Returns a page on which this text stands once, as the engine reads it.
    draw: Callable[[str], GreyPage]
    #: Two texts, each of one word.
    words: tuple[str, str]


def flat(grey: int, size: tuple[int, int] = (200, 100)) -> GreyPage:
    """Return a page of one colour."""
    return GreyPage(*size, bytes([grey]) * (size[0] * size[1]))


class ForeignEngineContract:
    """The contract of ``ForeignEngine``. Override the fixtures."""

    @pytest.fixture
    def engine(self) -> ForeignEngine:
        """Return the engine under test."""
        raise NotImplementedError

    @pytest.fixture
    def samples(self) -> GreySamples:
        """Return sample pages for it."""
        raise NotImplementedError

    def test_it_names_its_languages(self, engine: ForeignEngine) -> None:
        assert engine.languages
        assert all(code and code.isascii() and "+" not in code for code in engine.languages)

    def test_it_reads_a_page(self, engine: ForeignEngine, samples: GreySamples) -> None:
        for word in samples.words:
            assert words(engine, samples.draw(word)) == [word]

    def test_the_same_page_reads_the_same_twice(self, engine: ForeignEngine, samples: GreySamples) -> None:
        page = samples.draw(samples.words[0])
        assert engine.read(page, options(engine)) == engine.read(page, options(engine))

    def test_boxes_lie_within_the_page_and_the_line(self, engine: ForeignEngine, samples: GreySamples) -> None:
        page = samples.draw(samples.words[0])
        for line in engine.read(page, options(engine)):
            for (x0, y0, x1, y1), (left, top, right, bottom) in (
                (line.bbox, (0, 0, page.width, page.height)),
                *((word.bbox, line.bbox) for word in line.words),
            ):
                assert left <= x0 < x1 <= right
                assert top <= y0 < y1 <= bottom

    def test_words_have_no_blanks_and_a_confidence_of_percents(
        self, engine: ForeignEngine, samples: GreySamples
    ) -> None:
        for line in engine.read(samples.draw(samples.words[0]), options(engine)):
            for word in line.words:
                assert word.text
                assert word.text.split() == [word.text]
                assert word.confidence is None or 0 <= word.confidence <= 100

    @pytest.mark.parametrize("grey", [0, 255])
    def test_a_page_without_ink_has_no_lines(self, engine: ForeignEngine, grey: int) -> None:
        assert list(engine.read(flat(grey), options(engine))) == []

    @pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1)])
    def test_a_page_may_be_tiny(self, engine: ForeignEngine, size: tuple[int, int]) -> None:
        assert list(engine.read(flat(255, size), options(engine))) == []


def options(engine: ForeignEngine) -> JobOptions:
    """Return options with the first of its languages."""
    return JobOptions(languages=(engine.languages[0],))


def words(engine: ForeignEngine, page: GreyPage) -> list[str]:
    """Return all words that it reads."""
    return [word.text for line in engine.read(page, options(engine)) for word in line.words]
