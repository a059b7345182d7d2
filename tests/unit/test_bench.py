"""What the benchmarks compute: the words that are right, and how a figure stands to its goal."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

import pictures
from measures.accounts import statement_figures
from measures.speed import Race
from nothing import NothingEngine
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import EngineFailure, Page
from pages import labelled
from report import Figure, at_least, at_most, number
from score import f1
from ways.kreuzberg import Kreuzberg
from ways.naive import Naive
from ways.ocrmypdf import OcrMyPdf
from ways.program import Program
from ways.service import Service
from ways.way import Run


def test_words_are_a_bag_in_upper_case_without_marks() -> None:
    assert f1([("total: 4.20 Euro", "Euro TOTAL 4.20")]) == 1.0


def test_a_word_too_many_and_a_word_too_few_both_cost() -> None:
    assert f1([("A B", "A C")]) == 0.5
    assert f1([("A A", "A")]) == pytest.approx(2 / 3)
    assert f1([("", "A")]) == 0.0


def test_a_long_page_weighs_more_than_a_short_one() -> None:
    assert f1([("A B C", "A B C"), ("X", "Y")]) == 0.75


@pytest.mark.parametrize(("value", "met"), [(1.3, False), (1.4, True), (1.5, True)])
def test_a_goal_is_reached_at_its_bound(value: float, met: bool) -> None:  # noqa: FBT001 - a table's column
    assert Figure("one", value, " x", at_least(1.4)).met is met
    assert Figure("other", -value, " x", at_most(-1.4)).met is met


def test_a_figure_that_misses_its_goal_says_so() -> None:
    assert Figure("cost", 4.42, " ms", at_most(4)).line() == "| cost | 4.42 ms | ≤ 4 ms | **no** |"
    assert Figure("cost", 4.42, " ms").line() == "| cost | 4.42 ms |  |  |"


@pytest.mark.parametrize(("value", "shown"), [(0, "0"), (0.734, "0.734"), (14.5, "14.5"), (10_000, "10,000")])
def test_numbers_have_three_digits(value: float, shown: str) -> None:
    assert number(value) == shown


def test_what_a_page_costs_without_recognition_includes_its_decoding() -> None:
    def read(content: bytes) -> tuple[int, int]:
        page = Page(BytesSource(content))
        layout = NothingEngine().recognise(page, timeout=timedelta(seconds=1), stop=threading.Event())
        return layout.width, layout.height

    whole = pictures.png("ALPHA")
    assert min(read(whole)) > 1
    with pytest.raises(EngineFailure):
        read(whole[: len(whole) // 2])


def test_a_page_of_every_job_has_the_same_goal_of_statements() -> None:
    figures = statement_figures({10: 12.9, 100: 9.4, 10_000: 9.0})
    assert [figure.name for figure in figures if not figure.met] == ["statements, in a job of 10"]
    assert [figure.met for figure in statement_figures({10: 8.0, 10_000: 9.0})] == [True, True, False]


def test_right_words_are_those_of_every_picture_or_say_of_how_many(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def read(_way: object, paths: Sequence[Path], _folder: Path) -> Run:
        return Run(1.0, ["A"] * len(paths))

    for way in (Kreuzberg, Naive, OcrMyPdf, Program, Service):
        monkeypatch.setattr(way, "read", read)
    (tmp_path / "receipts").mkdir()
    for place in range(20):
        (tmp_path / "receipts" / f"{place:02}.png").write_bytes(pictures.png("A"))
        (tmp_path / "receipts" / f"{place:02}.txt").write_text("A")
    race = Race(labelled(tmp_path / "receipts"), tmp_path)
    assert list(race.rounds(1))
    table = race.right_words()
    assert table.how.startswith("F1 of the words of 20 pictures")
    names = {figure.name for figure in table.figures}
    assert {"service, ppocr", "xargs -P tesseract", "naive worker, of the first 16 alone"} <= names
