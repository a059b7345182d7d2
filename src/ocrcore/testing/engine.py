"""The contract of ``Engine``."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.layout import Layout
from ocrcore.domain.looks import Doubt, counts_instead, doubt_of
from ocrcore.domain.options import AUTO, ENGINES, JobOptions
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import Engine, EngineFailure, EngineStopped, Page
from ocrcore.testing import patience
from ocrcore.testing.patience import FOREVER


@dataclass(frozen=True, slots=True)
class PageSamples:
    """Sample pages for one engine."""

    #: Returns a picture of a text of letters, blanks and line ends.
    draw: Callable[[str], bytes]
    #: Returns the same picture, stored sideways with an EXIF rotation.
    turned: Callable[[str], bytes]
    #: Returns a picture of one long line, or of several, that must be turned clockwise by 90, 180 or 270 degrees.
    lying: Callable[[str, int], bytes]
    #: Returns a page of long lines in two columns, given as the lines of each.
    columns: Callable[[Sequence[str], Sequence[str]], bytes]
    #: Returns a page that is full of such lines.
    full: Callable[[Sequence[str]], bytes]
    #: Returns a picture of one line with accents, of which Portuguese has them all.
    accented: Callable[[str], bytes]
    #: Returns a picture of one line in Greek.
    greek: Callable[[str], bytes]
    blank: bytes
    one_pixel: bytes
    noise: bytes
    truncated: bytes
    corrupt: bytes
    too_large: bytes
    #: A page whose recognition takes far longer than the tests wait.
    endless: bytes


class EngineContract:
    """The contract of ``Engine``. Override the fixtures; the engine has eng and por, and at least two slots."""

    @pytest.fixture
    def engine(self) -> Engine:
        """Return the engine under test."""
        raise NotImplementedError

    @pytest.fixture
    def pages(self) -> PageSamples:
        """Return sample pages for it."""
        raise NotImplementedError

    def test_it_reads_a_page(self, engine: Engine, pages: PageSamples) -> None:
        layout = recognise(engine, pages.draw("HELLO WORLD"))
        assert layout.text == "HELLO WORLD"
        assert [word.text for line in layout.lines for word in line.words] == ["HELLO", "WORLD"]
        assert (layout.engine, layout.languages) == (engine.version, ("eng",))

    def test_lines_come_in_reading_order(self, engine: Engine, pages: PageSamples) -> None:
        layout = recognise(engine, pages.draw("FIRST LINE\nSECOND LINE"))
        assert [line.text for line in layout.lines] == ["FIRST LINE", "SECOND LINE"]
        assert [line for line in layout.text.split("\n") if line] == ["FIRST LINE", "SECOND LINE"]

    def test_columns_are_read_one_after_the_other(self, engine: Engine, pages: PageSamples) -> None:
        left, right = prose(0, 14), prose(14, 14)
        for name in engine.offers:
            read = recognise(engine, pages.columns(left, right), name=name).text.split()
            assert read == " ".join([*left, *right]).split()

    def test_a_full_page_keeps_every_line(self, engine: Engine, pages: PageSamples) -> None:
        lines = prose(0, 60)
        for name in engine.offers:
            read = [line.text for line in recognise(engine, pages.full(lines), name=name).lines]
            assert read == lines

    def test_letters_keep_their_accents(self, engine: Engine, pages: PageSamples) -> None:
        for name in engine.offers:
            for text in ("A ação do avô é fácil", "São três pães e dois cafés"):
                layout = recognise(engine, pages.accented(text), languages=("por",), name=name)
                assert layout.text == text
                assert layout.lines[0].text == text

    def test_another_alphabet_is_read_with_its_accents_or_refused(self, engine: Engine, pages: PageSamples) -> None:
        text = "Καλημέρα κόσμε"
        for name, offer in engine.offers.items():
            if "ell" in offer.languages:
                assert recognise(engine, pages.greek(text), languages=("ell",), name=name).text == text
            else:
                with pytest.raises(EngineFailure, match=ItemErrorCode.UNSUPPORTED_LANGUAGE):
                    recognise(engine, pages.greek(text), languages=("ell",), name=name)

    def test_boxes_lie_within_their_line_and_the_page(self, engine: Engine, pages: PageSamples) -> None:
        layout = recognise(engine, pages.draw("FIRST LINE\nSECOND LINE"))
        for line in layout.lines:
            assert within(line.bbox, (0, 0, layout.width, layout.height))
            assert all(within(word.bbox, line.bbox) for word in line.words)

    def test_letters_of_clean_print_stand_on_the_baseline_of_their_line(
        self, engine: Engine, pages: PageSamples
    ) -> None:
        for name in engine.offers:
            for line in recognise(engine, pages.draw("FIRST LINE\nSECOND LINE"), name=name).lines:
                assert line.baseline is not None
                slope, offset = line.baseline
                height = line.bbox[3] - line.bbox[1]
                assert abs(slope) < 0.02
                assert -0.3 * height <= offset <= 0.1 * height

    def test_confidence_runs_from_0_to_100(self, engine: Engine, pages: PageSamples) -> None:
        layout = recognise(engine, pages.draw("HELLO WORLD"))
        assert layout.confidence is not None
        assert 0 < layout.confidence <= 100
        assert all(0 <= (word.confidence or 0) <= 100 for line in layout.lines for word in line.words)

    def test_the_same_page_reads_the_same_twice(self, engine: Engine, pages: PageSamples) -> None:
        assert recognise(engine, pages.draw("HELLO")) == recognise(engine, pages.draw("HELLO"))

    def test_several_languages_may_be_asked_for(self, engine: Engine, pages: PageSamples) -> None:
        layout = recognise(engine, pages.draw("HELLO WORLD"), languages=("eng", "por"))
        assert (layout.text, layout.languages) == ("HELLO WORLD", ("eng", "por"))

    def test_a_blank_page_is_a_layout_without_lines(self, engine: Engine, pages: PageSamples) -> None:
        layout = recognise(engine, pages.blank)
        assert (layout.text, layout.lines, layout.confidence) == ("", (), None)

    def test_one_pixel_is_a_page(self, engine: Engine, pages: PageSamples) -> None:
        layout = recognise(engine, pages.one_pixel)
        assert (layout.width, layout.height, layout.text) == (1, 1, "")

    def test_noise_is_no_failure(self, engine: Engine, pages: PageSamples) -> None:
        assert recognise(engine, pages.noise).width > 1

    def test_a_page_taken_on_its_side_is_turned(self, engine: Engine, pages: PageSamples) -> None:
        upright, turned = recognise(engine, pages.draw("HELLO WORLD")), recognise(engine, pages.turned("HELLO WORLD"))
        assert turned.text == "HELLO WORLD"
        assert (turned.width, turned.height) == (upright.width, upright.height)

    @pytest.mark.parametrize("degrees", [90, 180, 270])
    def test_a_page_that_lies_is_read_again_upright(self, engine: Engine, pages: PageSamples, degrees: int) -> None:
        lying = pages.lying("HELLO WORLD\nSECOND LINE", degrees)
        first = recognise(engine, lying)
        assert doubt_of(first, JobOptions()) in {Doubt.WEAK, Doubt.SIDEWAYS, Doubt.NO_WORDS}
        second = recognise_again(engine, lying, Doubt.WEAK)
        assert second is not None
        assert [line.text for line in second.lines] == ["HELLO WORLD", "SECOND LINE"]
        assert (second.rotation, second.width, second.height) == (degrees, first.width, first.height)
        assert all(within(line.bbox, (0, 0, second.width, second.height)) for line in second.lines)
        assert counts_instead(first, second)

    def test_a_page_that_lies_right_is_not_read_again(self, engine: Engine, pages: PageSamples) -> None:
        assert recognise_again(engine, pages.draw("HELLO WORLD"), Doubt.WEAK) is None

    def test_a_page_is_turned_only_if_it_may_be(self, engine: Engine, pages: PageSamples) -> None:
        lying = pages.lying("HELLO WORLD\nSECOND LINE", 180)
        second = recognise_again(engine, lying, Doubt.NO_WORDS, rotate="none")
        assert second is None or second.rotation == 0

    def test_a_second_look_fails_as_a_first_does(self, engine: Engine, pages: PageSamples) -> None:
        with pytest.raises(EngineFailure, match=ItemErrorCode.OCR_TIMEOUT):
            recognise_again(engine, pages.draw("HELLO"), Doubt.WEAK, timeout=timedelta())
        with pytest.raises(EngineFailure, match=ItemErrorCode.UNSUPPORTED_IMAGE):
            recognise_again(engine, b"plain text", Doubt.WEAK)
        assert recognise(engine, pages.draw("HELLO")).text == "HELLO"

    @pytest.mark.parametrize("content", [b"", b"\0", b"plain text", bytes(1000)])
    def test_what_is_no_picture_is_unsupported(self, engine: Engine, content: bytes) -> None:
        assert fault(engine, content) is ItemErrorCode.UNSUPPORTED_IMAGE

    def test_a_list_of_paths_opens_none_of_them(self, engine: Engine, pages: PageSamples, tmp_path: Path) -> None:
        secret = tmp_path / "secret.png"
        secret.write_bytes(pages.draw("SECRET"))
        assert fault(engine, f"{secret}\n{secret}\n".encode()) is ItemErrorCode.UNSUPPORTED_IMAGE

    def test_each_damage_has_its_code(self, engine: Engine, pages: PageSamples) -> None:
        assert fault(engine, pages.truncated) is ItemErrorCode.IMAGE_TRUNCATED
        assert fault(engine, pages.corrupt) is ItemErrorCode.IMAGE_CORRUPT
        assert fault(engine, pages.too_large) is ItemErrorCode.IMAGE_TOO_LARGE

    @pytest.mark.parametrize("language", ["xxx", "", "osd", "../eng", "/etc/passwd", "eng+por", "-c"])
    def test_a_language_that_it_lacks_is_a_failure(self, engine: Engine, pages: PageSamples, language: str) -> None:
        code = fault(engine, pages.draw("HELLO"), languages=("eng", language))
        assert code is ItemErrorCode.UNSUPPORTED_LANGUAGE

    def test_a_timeout_is_a_failure_and_the_next_page_is_read(self, engine: Engine, pages: PageSamples) -> None:
        with patience.within(5.5):
            assert fault(engine, pages.endless, timeout=timedelta(seconds=0.5)) is ItemErrorCode.OCR_TIMEOUT
        assert recognise(engine, pages.draw("HELLO")).text == "HELLO"

    def test_a_timeout_of_zero_is_a_failure(self, engine: Engine, pages: PageSamples) -> None:
        assert fault(engine, pages.draw("HELLO"), timeout=timedelta()) is ItemErrorCode.OCR_TIMEOUT

    def test_a_flag_that_is_set_stops_it_at_once(self, engine: Engine, pages: PageSamples) -> None:
        stop = threading.Event()
        stop.set()
        with pytest.raises(EngineStopped):
            engine.recognise(page(pages.draw("HELLO")), timeout=timedelta(seconds=FOREVER), stop=stop)

    def test_a_flag_stops_it_within_a_second(self, engine: Engine, pages: PageSamples) -> None:
        stop, forever = threading.Event(), timedelta(seconds=2 * FOREVER)
        with ThreadPoolExecutor(1) as threads:
            work = threads.submit(engine.recognise, page(pages.endless), timeout=forever, stop=stop)
            with pytest.raises(TimeoutError):
                work.result(0.5)
            with patience.within(1):
                stop.set()
                assert isinstance(work.exception(FOREVER), EngineStopped)
        assert recognise(engine, pages.draw("HELLO")).text == "HELLO"

    def test_pages_of_two_threads_are_not_mixed_up(self, engine: Engine, pages: PageSamples) -> None:
        texts = ["ALPHA", "BRAVO", "DELTA", "HOTEL", "OSCAR", "TANGO"]
        with ThreadPoolExecutor(2) as threads:
            layouts = list(threads.map(lambda text: recognise(engine, pages.draw(text)), texts))
        assert [layout.text for layout in layouts] == texts

    def test_pages_are_not_mixed_up_with_those_that_failed_or_ran_out_of_time(
        self, engine: Engine, pages: PageSamples
    ) -> None:
        def read(turn: int) -> str:
            if turn % 4 == 1:
                return fault(engine, pages.truncated).value
            if turn % 8 == 3:
                return fault(engine, pages.endless, timeout=timedelta(seconds=0.2)).value
            return recognise(engine, pages.draw(words[turn % len(words)]), name=names[turn % len(names)]).text

        words, names = ("ALPHA", "BRAVO", "DELTA", "HOTEL", "OSCAR"), list(engine.offers)
        wanted = [
            "image-truncated" if turn % 4 == 1 else "ocr-timeout" if turn % 8 == 3 else words[turn % len(words)]
            for turn in range(24)
        ]
        with ThreadPoolExecutor(2) as threads:
            assert list(threads.map(read, range(24))) == wanted

    def test_it_names_itself_and_its_languages(self, engine: Engine) -> None:
        for offer in engine.offers.values():
            name, version = offer.version.split(" ", 1)
            assert name.isidentifier()
            assert version.removeprefix("v")[0].isdigit()
            assert list(offer.languages) == sorted(offer.languages)
        assert (engine.version, engine.languages) == (engine.offers[AUTO].version, engine.offers[AUTO].languages)
        assert {"eng", "por"} <= set(engine.languages)

    def test_what_reads_by_choice_may_be_named_too(self, engine: Engine) -> None:
        named = {name: offer for name, offer in engine.offers.items() if name != AUTO}
        assert engine.offers[AUTO].version in {offer.version for offer in named.values()}
        assert set(named) == {offer.version.split()[0] for offer in named.values()}

    def test_a_page_is_read_by_what_it_names(self, engine: Engine, pages: PageSamples) -> None:
        for name, offer in engine.offers.items():
            layout = recognise(engine, pages.draw("HELLO WORLD"), name=name)
            assert (layout.text, layout.engine) == ("HELLO WORLD", offer.version)

    def test_an_engine_that_is_not_offered_is_a_failure(self, engine: Engine, pages: PageSamples) -> None:
        for name in set(ENGINES) - engine.offers.keys():
            with pytest.raises(EngineFailure, match=ItemErrorCode.INTERNAL_ERROR):
                recognise(engine, pages.draw("HELLO"), name=name)


def prose(start: int, number: int) -> list[str]:
    """Return so many lines of five plain words, no two alike."""
    words = ("alpha", "bravo", "delta", "hotel", "oscar", "tango", "river", "stone")
    return [
        " ".join(words[(line + step * (line // 8 + 1)) % 8] for step in range(5))
        for line in range(start, start + number)
    ]


def page(source: bytes, languages: tuple[str, ...] = ("eng",), name: str = AUTO) -> Page:
    """Return the first page of a file."""
    return Page(BytesSource(source), 1, JobOptions(languages=languages, engine=name))


def recognise(engine: Engine, source: bytes, *, languages: tuple[str, ...] = ("eng",), name: str = AUTO) -> Layout:
    """Return the layout of the first page, with a long timeout."""
    return engine.recognise(page(source, languages, name), timeout=timedelta(seconds=FOREVER), stop=threading.Event())


def recognise_again(
    engine: Engine,
    source: bytes,
    doubt: Doubt,
    *,
    rotate: str = AUTO,
    timeout: timedelta = timedelta(seconds=FOREVER),
) -> Layout | None:
    """Return the layout of the first page from a second look."""
    again = replace(page(source), options=JobOptions(rotate=rotate))
    return engine.recognise_again(again, doubt, timeout=timeout, stop=threading.Event())


def fault(
    engine: Engine,
    source: bytes,
    *,
    languages: tuple[str, ...] = ("eng",),
    timeout: timedelta = timedelta(seconds=FOREVER),
) -> ItemErrorCode:
    """Return the code of the failure that the page causes."""
    with pytest.raises(EngineFailure) as caught:
        engine.recognise(page(source, languages), timeout=timeout, stop=threading.Event())
    return caught.value.code


def within(inner: tuple[int, int, int, int], outer: tuple[int, int, int, int]) -> bool:
    """Return whether a box is not empty and lies within another."""
    x0, y0, x1, y1 = inner
    return outer[0] <= x0 < x1 <= outer[2] and outer[1] <= y0 < y1 <= outer[3]
