import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter
from uuid import UUID

import pytest

import entrypoints.http.pages as package
from entrypoints.http.pages import timeline
from entrypoints.http.pages.catalogue import CATALOGUE, PROBLEM_SENTENCES
from entrypoints.http.pages.home import _strip
from entrypoints.http.pages.lines import lines_of
from entrypoints.http.pages.operation import Plot, disks_of, round_top
from entrypoints.http.pages.rendering import spun
from entrypoints.http.pages.speech import Speech
from entrypoints.http.pages.timeline import picture_of
from entrypoints.http.pages.views import ItemCard, JobRow
from entrypoints.http.pages.words import shown_page
from entrypoints.settings import Settings
from ocrcore import AuditEntry, Counts, Hit, ItemErrorCode, Job, JobOptions, Layout, PageText, ProblemCode
from ocrcore.application.doctor.overview import QUICK_KINDS
from ocrcore.domain.audit import AuditAction
from ocrcore.domain.blocked_by import WAIT_SENTENCES
from ocrcore.domain.codes import ItemWarning, JobWarning
from ocrcore.domain.item import Sweep
from ocrcore.domain.layout import Line, Word
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.looks import Look, SecondLook, looks_to_text
from ocrcore.domain.overview import LastHour
from ocrcore.domain.webhook import DeliveryError
from ocrcore.testing.builders import a_draft, a_page

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ENGLISH, PORTUGUESE = (Speech(language, NOW) for language in ("en", "pt"))
SOURCES = [path for path in Path(package.__path__[0]).rglob("*") if path.suffix in {".py", ".html", ".js"}]
JOB = UUID(int=1)


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", CATALOGUE)
def test_every_language_has_every_sentence_with_the_same_values(language: str) -> None:
    texts, english = CATALOGUE[language], CATALOGUE["en"]
    assert texts.keys() == english.keys()
    assert [key for key in texts if names_in(texts[key]) != names_in(english[key]) | {"n"} & names_in(texts[key])] == []
    assert all(texts.values())


def test_every_sentence_is_said_somewhere() -> None:
    source = "".join(path.read_text() for path in SOURCES if path.parent.name != "catalogue")
    unsaid = []
    for key in CATALOGUE["en"].keys() - WAIT_SENTENCES.keys():  # the core says those
        stem = re.sub(r"\.(one|many)$", "", key).removeprefix("js.")
        families = [stem[: dot.end()] for dot in re.finditer(r"\.", stem)]
        if not any(f'{quote}{said}"' in source for quote in "\"'(" for said in (stem, *families)) and not any(
            f'"{family}{{' in source for family in families
        ):
            unsaid.append(key)
    assert unsaid == []


@pytest.mark.parametrize("language", CATALOGUE)
def test_every_code_that_a_page_may_show_has_a_sentence_in_every_language(language: str) -> None:
    say = Speech(language, NOW)
    families: Mapping[str, Iterable[str]] = {
        "failure": ItemErrorCode,
        "warning": JobWarning,
        "problem": ProblemCode,
        "delivery": DeliveryError,
        "finding": QUICK_KINDS,
        "item.warning": ItemWarning,
    }
    for family, codes in families.items():
        for code in codes:
            assert say(f"{family}.{code}")
    if language != "en":
        assert PROBLEM_SENTENCES[language].keys() == {str(code) for code in ProblemCode}
        same = {key for key, text in CATALOGUE[language].items() if text == CATALOGUE["en"][key]}
        assert not [key for key in same if key.startswith(("failure.", "warning.", "problem.", "wait.", "finding."))]


def test_a_page_that_failed_says_why_in_the_language_of_the_reader() -> None:
    item = replace(a_page(a_draft()), error_code=ItemErrorCode.IMAGE_TRUNCATED)
    assert ItemCard(item, ENGLISH).why == item.error_msg
    assert str(ItemCard(item, PORTUGUESE).why).startswith("A imagem acaba cedo demais")


def test_a_template_holds_no_sentence() -> None:
    for path in SOURCES:
        if path.suffix == ".html":
            text = re.sub(
                r"\{#.*?#\}|\{% block kind %\}\w+|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", path.read_text(), flags=re.DOTALL
            )
            words = set(re.findall(r"[^\W\d]{3,}", text)) - {"ocrcore", "Enter", "Esc"}
            assert words == set(), path.name


@pytest.mark.parametrize(
    ("seconds", "english", "portuguese"),
    [
        (-5, "just now", "agora mesmo"),
        (-60, "in 1 minute", "dentro de 1 minuto"),
        (-7100, "in 2 hours", "dentro de 2 horas"),
        (-86400 * 89.9, "in 90 days", "dentro de 90 dias"),
        (59, "just now", "agora mesmo"),
        (60, "1 minute ago", "há 1 minuto"),
        (3599, "59 minutes ago", "há 59 minutos"),
        (3600, "1 hour ago", "há 1 hora"),
        (86400, "1 day ago", "há 1 dia"),
        (86400 * 1200, "1,200 days ago", "há 1\u202f200 dias"),
    ],
)
def test_ages(seconds: float, english: str, portuguese: str) -> None:
    then = NOW - timedelta(seconds=seconds)
    assert (ENGLISH.ago(then), PORTUGUESE.ago(then)) == (english, portuguese)


@pytest.mark.parametrize(
    ("size", "english"), [(0, "0\u00a0B"), (999, "999\u00a0B"), (1400, "1.4\u00a0kB"), (200_000_000, "200\u00a0MB")]
)
def test_sizes(size: int, english: str) -> None:
    assert ENGLISH.size(size) == english
    assert PORTUGUESE.size(size) == english.replace(".", ",")


@pytest.mark.parametrize(
    ("seconds", "english"), [(0.04, "0.0\u00a0s"), (0.61, "0.6\u00a0s"), (9.94, "9.9\u00a0s"), (9.96, "10 seconds")]
)
def test_short_spans_have_tenths(seconds: float, english: str) -> None:
    span = timedelta(seconds=seconds)
    assert ENGLISH.fine_span(span) == english
    assert PORTUGUESE.fine_span(span) == english.replace(".", ",").replace("seconds", "segundos")


def job_of(counts: Counts, *, ago: float = 10) -> Job:
    begun = NOW - timedelta(seconds=ago)
    return Job(JOB, "local", "name", begun, "bucket", JobOptions(), NOW, submitted_at=begun, counts=counts)


def test_the_bar_is_whole_and_in_order() -> None:
    row = JobRow(job_of(Counts(total=8, pending=1, processing=2, done=4, error=1)), None, ENGLISH)
    assert list(row.bar) == [("done", 0.0, 50.0), ("error", 50.0, 12.5), ("processing", 62.5, 25.0)]


def test_the_time_left_is_told_when_it_is_known() -> None:
    row = JobRow(job_of(Counts(total=8, pending=6, done=2)), None, ENGLISH)
    assert row.left == "about 30 seconds left"
    assert replace(row, blocked_by="No worker.").left is None
    assert replace(row, job=job_of(Counts(total=8, pending=7, done=1))).left is None


def test_the_time_left_is_not_told_by_pages_that_were_read_before_a_retry() -> None:
    day = timedelta(days=1)
    ended = replace(job_of(Counts(total=100, done=90, error=10), ago=day.total_seconds()), sqs_retention_deadline=NOW)
    begun = replace(ended, options=JobOptions(expires_in=day), finished_at=NOW)
    retried = begun.retried(NOW).swept(Sweep.retry(NOW, allowance=3), {ItemStatus.ERROR: 10})
    assert JobRow(retried, None, ENGLISH).left is None


def test_a_doubtful_word_is_marked_on_the_picture_and_in_the_text() -> None:
    words = tuple(Word(f"w{number}", (number, 0, number + 1, 5), float(number)) for number in (50, 75))
    layout = Layout(100, 20, "tesseract 5", ("eng",), "w50 w75", (Line((50, 0, 76, 5), words),))
    page = shown_page(PageText(a_page(a_draft()), layout, ()), "", ENGLISH)
    assert page.weak == 1
    assert re.findall(r'class="(w[^"]*)"', page.drawn) == ["wave", "w weak", "w"]
    assert re.findall(r'class="(word[^"]*)" data-sure="(\d+)"', page.reading) == [("word weak", "50"), ("word", "75")]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_strip_is_of_the_page_as_it_was_read_however_it_lies(degrees: int) -> None:
    line = Line((100, 20, 180, 40), (Word("HELLO", (100, 20, 180, 40), 96.0),))
    upright = Layout(400, 60, "tesseract 5", ("eng",), "HELLO", (line,))
    lying = replace(upright.turned(-degrees), rotation=degrees)
    parts, strips = [], []
    for layout in (upright, lying):
        parts.append(lines_of(PageText(a_page(a_draft()), layout, ()))[0].part)
        size = layout.width, layout.height
        hit = Hit(JOB, "job", JOB, "a.png", 1, "HELLO", [layout.lines[0].bbox], *size, layout.rotation)
        strips.append(_strip(hit).part)
    assert parts[0] == parts[1] == (92, 12, 96, 36)
    assert strips[0] == strips[1]
    assert (
        spun((60, 400), degrees)
        == {
            0: "",
            90: "translate(400 0) rotate(90)",
            180: "translate(60 400) rotate(180)",
            270: "translate(0 60) rotate(270)",
        }[degrees]
    )


def entry(action: AuditAction, seconds: float, item: int, attempt: int = 1, **more: str) -> AuditEntry:
    detail: dict[str, str | int] = {"item_id": str(UUID(int=item)), "position": item, "attempt": attempt, **more}
    return AuditEntry(f"{item}#{attempt}#{action}", JOB, action, "worker", NOW + timedelta(seconds=seconds), detail)


def of_job(action: AuditAction, seconds: float) -> AuditEntry:
    return AuditEntry(f"{seconds}#{action}", JOB, action, "ana", NOW + timedelta(seconds=seconds), {})


def bars(entries: Sequence[AuditEntry], *, is_open: bool = False) -> list[tuple[int, float, float, str]]:
    return [(one.lane, one.start, one.width, one.kind) for one in picture_of(entries, ENGLISH, is_open=is_open).bars]


CLAIMED, READ, FAILED, RELEASED = (
    AuditAction.ITEM_CLAIMED,
    AuditAction.ITEM_RECOGNISED,
    AuditAction.ITEM_FAILED,
    AuditAction.ITEM_RELEASED,
)


def test_each_page_has_a_lane_that_shows_how_long_it_waited_and_was_read() -> None:
    entries = [
        of_job(AuditAction.JOB_CREATED, 0),
        entry(CLAIMED, 1, 1),
        entry(CLAIMED, 2, 0),
        entry(RELEASED, 3, 0, code="ocr-crashed"),
        entry(FAILED, 4, 1),
        entry(CLAIMED, 5, 0, attempt=2),
        entry(READ, 6, 0, attempt=2),
        of_job(AuditAction.JOB_RETRIED, 8),
        entry(CLAIMED, 9, 1, attempt=2),
        entry(READ, 10, 1, attempt=2),
    ]
    picture = picture_of(entries, ENGLISH, is_open=False)
    assert bars(entries) == [
        (1, 0, 100, "waiting"),
        (0, 0, 200, "waiting"),
        (0, 300, 200, "waiting"),
        (1, 800, 100, "waiting"),
        (1, 100, 300, "error"),
        (0, 200, 100, "released"),
        (0, 500, 100, "done"),
        (1, 900, 100, "done"),
    ]
    assert (picture.lanes, picture.by_page) == (2, True)
    assert [bar.label for bar in picture.bars][2] == "Page 1 waited 2.0\u00a0s"
    assert [bar.label for bar in picture.bars][4] == "Page 2, attempt 1: failed, 3.0\u00a0s"


def test_each_worker_has_lanes_of_its_own_where_there_are_many_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "MOST_PAGES", 2)
    one, other = (str(UUID(int=number << 96)) for number in (1, 2))
    entries = [
        entry(CLAIMED, 0, 0, worker=one),
        entry(CLAIMED, 1, 1, worker=other),
        entry(CLAIMED, 2, 2, worker=one),
        entry(READ, 4, 0),
        entry(CLAIMED, 5, 3, worker=one),
        entry(RELEASED, 8, 1),
        entry(READ, 10, 2),
        entry(FAILED, 10, 3),
    ]
    assert bars(entries) == [
        (0, 0, 400, "done"),
        (2, 100, 700, "released"),
        (1, 200, 800, "done"),
        (0, 500, 500, "error"),
    ]
    picture = picture_of(entries, ENGLISH, is_open=False)
    assert (picture.lanes, picture.by_page) == (3, False)
    assert picture.bars[1].label == "Page 2, attempt 1: gave it back, 7.0\u00a0s, worker 00000002"


def test_the_looks_at_a_page_are_told_and_marked() -> None:
    first = Look("tesseract 5", 0, None, 40.0, 3, 2000)
    tries = looks_to_text([first, replace(first, milliseconds=5000, outcome=SecondLook.BETTER)])
    (bar,) = picture_of([entry(CLAIMED, 0, 0), entry(READ, 10, 0, tries=tries)], ENGLISH, is_open=False).bars
    assert bar.looks == [(200, 800)]
    assert bar.label.endswith(", 2 looks, the second counts")
    single = looks_to_text([first])
    (bar,) = picture_of([entry(CLAIMED, 0, 0), entry(READ, 10, 0, tries=single)], ENGLISH, is_open=False).bars
    assert (bar.looks, "look" in bar.label) == ([], False)
    longer = looks_to_text([replace(first, milliseconds=20_000), first, first])  # by another clock
    (bar,) = picture_of([entry(CLAIMED, 0, 0), entry(READ, 10, 0, tries=longer)], ENGLISH, is_open=False).bars
    assert bar.looks == [(1000, 0), (1000, 0)]
    for outcome in SecondLook:
        assert all(say.known(f"look.{outcome}", "") for say in (ENGLISH, PORTUGUESE))


def test_the_picture_ends_with_the_last_change_however_often_the_job_is_looked_at() -> None:
    entries = [
        entry(CLAIMED, 0, 0),
        of_job(AuditAction.JOB_READ, 2),
        entry(READ, 4, 0),
        of_job(AuditAction.RESULT_READ, 400),
    ]
    assert bars(entries) == [(0, 0, 1000, "done")]
    ticks = picture_of(entries, ENGLISH, is_open=False).ticks
    assert [text for _, text in ticks] == ["0", "2.0\u00a0s", "4.0\u00a0s"]


def test_the_picture_of_an_open_job_ends_now() -> None:
    (_, _), (_, half), (_, whole) = picture_of([entry(CLAIMED, -60, 0)], ENGLISH, is_open=True).ticks
    assert (half, whole) == ("30 seconds", "60 seconds")


def test_an_attempt_without_an_end_lasts_until_the_next_one_or_until_the_picture_ends() -> None:
    lapsed = entry(CLAIMED, 5, 0, attempt=2, why="lease-lapsed")
    entries = [entry(CLAIMED, 0, 0), lapsed, entry(CLAIMED, 10, 1)]
    assert bars(entries) == [(0, 0, 500, "open"), (0, 500, 500, "open"), (1, 1000, 2, "open")]
    assert [one.text for one in picture_of(entries, ENGLISH, is_open=False).bars] == ["Page 1", "Page 1", ""]
    assert "never answered" in picture_of(entries, ENGLISH, is_open=True).bars[0].label
    assert bars([]) == bars([of_job(AuditAction.JOB_CREATED, 0)]) == []


def test_an_attempt_whose_end_is_among_later_entries_is_not_called_lost() -> None:
    claimed = [entry(CLAIMED, 0, 0)]
    (cut,), (whole,) = (picture_of(claimed, ENGLISH, is_open=False, goes_on=more).bars for more in (True, False))
    assert "goes on in later entries" in cut.label
    assert "never answered" in whole.label


@pytest.mark.parametrize(
    ("most", "top"), [(0, 1), (1, 1), (3, 4), (5, 5), (6, 10), (10, 10), (11, 20), (41, 50), (999, 1000), (1001, 2000)]
)
def test_an_axis_ends_with_a_round_number(most: int, top: int) -> None:
    assert round_top(most) == top


def test_the_plot_has_a_bar_for_each_minute_with_pages_and_says_so_in_words() -> None:
    now = NOW.replace(second=0)
    counts = {now: 1, now - timedelta(minutes=59): 40, now - timedelta(minutes=60): 7, now + timedelta(minutes=1): 7}
    hour = LastHour.of(NOW, counts)
    assert (len(hour.minutes), hour.total, hour.most) == (60, 41, (now - timedelta(minutes=59), 40))
    plot = Plot.of(hour, ENGLISH)
    assert [(bar.x, bar.y, bar.height) for bar in plot.bars] == [(1, 0.0, 160.0), (709, 156.0, 4.0)]
    assert plot.bars[0].label == "02:05 UTC: 40 pages"
    assert plot.label.startswith("41 pages; most in one minute: 40, at 02:05 UTC.")
    few = Plot.of(LastHour.of(NOW, {now: 5000, now - timedelta(minutes=1): 1}), ENGLISH)
    assert few.bars[0].height == 2.0  # so that one page among many is seen
    none = Plot.of(LastHour.of(NOW, {}), PORTUGUESE)
    assert (none.bars, none.label) == ([], "Nenhuma página foi lida na última hora.")


def test_a_disk_that_holds_several_things_is_shown_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (disk,) = disks_of(Settings(data_dir=tmp_path), ENGLISH)
    assert disk.words == "Database, Documents, Temporary files"
    assert 0 < disk.free < disk.whole
    (disk,) = disks_of(Settings(data_dir=tmp_path / "not there"), ENGLISH)
    assert disk.words == "Temporary files"
    assert replace(disk, free=1_999_999_999).is_low
    assert not replace(disk, free=2_000_000_000).is_low
