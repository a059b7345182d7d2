"""What the benchmarks compute: the words that are right, and how a figure stands to its goal."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest

import fit_curve
import pictures
from adapters.engines.geometry import line_of
from alignment import common, edits
from corpora import Corpus, drawn_corpora
from degraded import degraded
from judged import Judged, error_of, judged
from languages import paragraphs
from measures import calibration as calibration_measure
from measures import languages as languages_measure
from measures.accounts import statement_figures
from measures.accuracy import Accuracy, Score
from measures.calibration import reliability
from measures.speed import Race
from nothing import NothingEngine
from ocrcore.domain.layout import Word, layout_of
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import EngineFailure, Page
from pages import Picture, labelled
from report import Figure, Grid, at_least, at_most, number
from score import error_rate, f1, f1_in_order, letters_of_all_scripts
from ways.kreuzberg import Kreuzberg
from ways.naive import Naive
from ways.ocrmypdf import OcrMyPdf
from ways.program import Program
from ways.rapidocr import RapidOcr
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


def test_words_in_another_order_are_right_as_a_bag_alone() -> None:
    pairs = [("C D A B", "A B C D")]
    assert (f1(pairs), f1_in_order(pairs)) == (1.0, 0.5)
    assert f1_in_order([("A X C D", "A B C D")]) == 0.75
    assert f1_in_order([("", "A")]) == 0.0


def test_letters_that_are_wrong_count_once_each_and_blanks_with_them() -> None:
    assert error_rate([("total  4.20\n", "TOTAL 4.20")]) == 0.0
    assert error_rate([("T0TAL 4.20", "TOTAL 4.20")]) == 0.1  # replaced
    assert error_rate([("TOTAL4.2O0", "TOTAL 4.20")]) == 0.2  # a blank is missing, a letter is too many
    assert error_rate([("", "ABCD"), ("ABCD", "ABCD")]) == 0.5
    assert error_rate([("ABCDEF", "AB")]) == 2.0  # it has no upper bound


@pytest.mark.parametrize(
    ("one", "other", "steps", "shared"),
    [("", "", 0, 0), ("", "ab", 2, 0), ("kitten", "sitting", 3, 4), ("abc", "abc", 0, 3), ("ab", "ba", 2, 1)],
)
def test_sequences_are_aligned_the_cheapest_way(one: str, other: str, steps: int, shared: int) -> None:
    assert (edits(one, other), edits(other, one)) == (steps, steps)
    assert (common(one, other), common(other, one)) == (shared, shared)


def test_accents_count_in_the_words_of_languages() -> None:
    pairs = [("ação, 3 nao", "AÇÃO 3 não")]
    assert f1(pairs, letters_of_all_scripts) == pytest.approx(2 / 3)
    assert (f1([("pá", "pà")]), f1([("pá", "pà")], letters_of_all_scripts)) == (1.0, 0.0)


def test_a_grid_is_a_table_with_its_own_columns() -> None:
    score = Score.of("a way", [("A B", "A C")], 4.0, 1.5)
    assert score.row == ["a way", "0.500", "0.500", "0.333", "4", "1.5 x"]
    grid = Grid("Title", "How.", ("way", "F1"), [["one", "0.9"]])
    assert grid.text() == "## Title\n\nHow.\n\n| way | F1 |\n| --- | --- |\n| one | 0.9 |\n"
    with_goal = replace(grid, figures=[Figure("worst", 0.9, "", at_least(0.95))])
    assert with_goal.text() == grid.text() + (
        "\n| figure | measured | goal | reached |\n|---|---|---|---|\n| worst | 0.9 | ≥ 0.95 | **no** |\n"
    )


def _reads_an_a(_way: object, paths: Sequence[Path], _folder: Path, _language: str = "eng") -> Run:
    return Run(1.0, ["A"] * len(paths))


@pytest.fixture
def race(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Race:
    """Return a race of ways that read an A in every picture, and take a second a run."""
    for way in (Kreuzberg, Naive, OcrMyPdf, Program, RapidOcr, Service):
        monkeypatch.setattr(way, "read", _reads_an_a)
    (tmp_path / "receipts").mkdir()
    for place in range(20):
        (tmp_path / "receipts" / f"{place:02}.png").write_bytes(pictures.png("A"))
        (tmp_path / "receipts" / f"{place:02}.txt").write_text("A" if place < 15 else "B")
    race = Race(labelled(tmp_path / "receipts"), tmp_path)
    assert list(race.rounds(2))
    return race


def test_each_picture_counts_once_for_the_words_that_are_right(race: Race) -> None:
    assert f1(race.pairs("service, ppocr")) == 0.75
    assert len(race.pairs("RapidOCR")) == 20
    assert len(race.pairs("naive worker")) == 16


def test_accuracy_stands_beside_speed_on_every_kind_of_pages(race: Race, tmp_path: Path) -> None:
    page = Picture(tmp_path / "receipts" / "00.png", "A A")
    accuracy = Accuracy([Corpus("columns", [("eng", [page, page]), ("por", [page])])], tmp_path)
    accuracy.take_receipts(race)
    assert len(list(accuracy.rounds())) == 8
    receipts, columns = accuracy.grids()
    assert (receipts.title, columns.title) == ("Accuracy: receipts", "Accuracy: columns")
    assert columns.how == "3 drawn pages in `eng`, `por`, read once."
    assert receipts.rows[1] == ["service, ppocr", "0.750", "0.750", "0.250", "48", "1 x"]
    assert columns.rows[0] == ["xargs -P tesseract", "0.667", "0.667", "0.667", "1.5", "1 x"]
    assert [figure.name for figure in accuracy.goals().figures if not figure.met] == [
        "F1 of receipts, service, ppocr",
        "F1 of receipts, service, tesserocr",
        "F1 in order of columns, service, ppocr",
        "F1 in order of columns, service, tesserocr",
    ]
    fields = {field.kind: field for field in accuracy.fields()}
    assert fields["receipts"].points["RapidOCR"] == (20.0, 0.75)
    assert [fields[kind].measure for kind in ("receipts", "columns")] == ["F1", "F1 in order"]


def test_pages_are_drawn_the_same_every_time_each_with_its_text(tmp_path: Path) -> None:
    def drawn() -> Sequence[tuple[bytes, str, str]]:
        roboto = Path(str(files("font_roboto"))) / "files" / "Roboto-Regular.ttf"
        return [(page.picture, page.text, page.kind) for page in degraded([roboto], 4, 7)]

    assert drawn() == drawn()
    assert [kind for _, _, kind in drawn()] == ["receipt", "prose", "small print", "form"]
    clean, columns, spoken = drawn_corpora(tmp_path)
    assert [len(corpus.texts) for corpus in (clean, columns)] == [6, 6]
    assert {"eng", "por"} <= {language for language, _ in spoken.groups}


def _words(confidence: float, right: int, wrong: int) -> Sequence[Judged]:
    return [Judged(confidence, place < right) for place in range(right + wrong)]


def test_a_calibration_error_is_the_distance_of_confidence_and_share_of_right_words() -> None:
    assert error_of(_words(0.75, 3, 1)) == 0.0
    assert error_of(_words(0.75, 1, 3)) == 0.5
    assert error_of([*_words(0.75, 1, 3), *_words(0.05, 0, 4)]) == pytest.approx(0.275)


def test_a_word_is_right_once_for_each_time_that_it_is_there() -> None:
    line = line_of([Word(text, (place, 0, place + 1, 1), 90) for place, text in enumerate(("A", "a", "-", "b"))])
    layout = layout_of([[line]], (9, 9), "tesseract 5", ("eng",))
    assert [word.right for word in judged(layout, "A B C")] == [True, False, True]


def test_a_curve_runs_through_the_shares_of_right_words_and_never_falls() -> None:
    drawn = [[word for knot in fit_curve.KNOTS for word in _words(knot / 100, 60 + knot // 5 * 2, 40)]]
    wanted = [100 * (60 + knot // 5 * 2) / (100 + knot // 5 * 2) for knot in fit_curve.KNOTS]
    assert [value for _, value in fit_curve.fit([], drawn)] == pytest.approx(wanted, abs=0.5)
    falling = [[*_words(0.5, 9, 1), *_words(0.85, 1, 9)]]
    values = [value for _, value in fit_curve.fit(falling, [])]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(50, abs=1)


def test_a_reliability_diagram_shows_each_bin_with_words() -> None:
    rows = list(reliability("an engine", [*_words(0.75, 1, 3), *_words(0.05, 0, 4)]))
    assert rows == [
        ["an engine", "0 - 10", "4", "0.05", "0.00", "`.:...................`"],
        ["an engine", "70 - 80", "4", "0.75", "0.25", "`#####..........:.....`"],
    ]


def test_confidences_that_are_off_miss_their_goal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def read_words(name: str, pages: Sequence[tuple[bytes, str]]) -> Sequence[Judged]:
        assert pages
        return _words(0.8, 8, 2) if name == "ppocr" else _words(0.8, 7, 3)

    monkeypatch.setattr(calibration_measure, "read_words", read_words)
    monkeypatch.setattr(calibration_measure, "_DRAWN", 2)  # many take their time to be drawn
    (tmp_path / "page.png").write_bytes(pictures.png("A"))
    (tmp_path / "page.txt").write_text("A")
    grid = calibration_measure.calibration(labelled(tmp_path))
    assert [row[0] for row in grid.rows[:2]] == ["ppocr, pictures", "ppocr, drawn pages"]
    missed = [figure.name for figure in grid.figures if not figure.met]
    assert missed == [
        f"error of {engine}, {kind}" for engine in ("tesserocr", "tesseract") for kind in ("pictures", "drawn pages")
    ]
    assert "| error of tesseract, pictures | 0.1 | ≤ 0.05 | **no** |" in grid.text()


def test_pictures_without_a_text_say_nothing_of_confidences(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "page.png").write_bytes(pictures.png("A"))
    monkeypatch.setattr(calibration_measure, "read_words", lambda _name, _pages: _words(0.8, 8, 2))
    monkeypatch.setattr(calibration_measure, "_DRAWN", 2)
    names = [figure.name for figure in calibration_measure.calibration(labelled(tmp_path)).figures]
    assert names == [f"error of {engine}, drawn pages" for engine in ("ppocr", "tesserocr", "tesseract")]


def test_auto_may_be_a_little_behind_the_better_engine_in_no_language() -> None:
    found = {
        "eng": {"ppocr": 0.98, "tesserocr": 1.0, "auto": 0.985},
        "por": {"ppocr": 0.99, "tesserocr": 0.96, "auto": 0.96},
    }
    grid = languages_measure.table(found)
    assert grid.rows == [["`eng`", "0.980", "1.000", "0.985"], ["`por`", "0.990", "0.960", "0.960"]]
    assert [(figure.value, figure.met) for figure in grid.figures] == [(2, True), (pytest.approx(0.03), False)]
    assert languages_measure.table({"eng": found["eng"]}).figures[1].met
    assert len(languages_measure.table({}).figures) == 1


def test_every_language_in_latin_cyrillic_and_greek_can_be_drawn() -> None:
    assert languages_measure.drawable() == set(paragraphs()) - {"chi_sim", "chi_tra", "jpn"}
    assert len(languages_measure.drawable()) >= 20
