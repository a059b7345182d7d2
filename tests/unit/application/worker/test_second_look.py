"""A page whose first reading is in doubt is read again in the same attempt."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.memory.engine import MemoryEngine
from ocrcore import Item, ItemStatus, JobOptions, OcrService, Policy
from ocrcore.domain.codes import ItemErrorCode, ItemWarning
from ocrcore.domain.layout import Layout
from ocrcore.domain.looks import Doubt, SecondLook
from ocrcore.formats.views import EntryView
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import EngineFailure, EngineStopped, EngineUnavailable, Page, Stop
from worlds import World, of_contents

LYING = b"PICTURE@180:HELLO WORLD"
LONGER = b"PICTURE:HELLO WORLD AGAIN"
READ, UNREAD = "HELLO WORLD", "DLROW OLLEH"


class SlowEngine(MemoryEngine):
    """Its looks take time on the world's clock. It remembers the timeouts that it was given."""

    def __init__(self, tick: Callable[[float], object], first: float, second: float = 0.0) -> None:
        super().__init__()
        self._tick, self._first, self._second = tick, first, second
        self.timeouts: list[timedelta] = []

    def recognise(self, page: Page, *, timeout: timedelta, stop: Stop) -> Layout:
        self.timeouts.append(timeout)
        self._tick(self._first)
        return super().recognise(page, timeout=timeout, stop=stop)

    def recognise_again(self, page: Page, doubt: Doubt, *, timeout: timedelta, stop: Stop) -> Layout | None:
        self.timeouts.append(timeout)
        self._tick(self._second)
        return super().recognise_again(page, doubt, timeout=timeout, stop=stop)


class TalkativeEngine(MemoryEngine):
    """It reads more at the second look."""

    def recognise_again(self, page: Page, doubt: Doubt, *, timeout: timedelta, stop: Stop) -> Layout | None:
        del doubt
        return super().recognise(replace(page, source=BytesSource(LONGER)), timeout=timeout, stop=stop)


def read(world: World, content: bytes = LYING, options: JobOptions | None = None) -> Item:
    """Return the item of a picture that one worker has read."""
    job = world.owned.submit(of_contents(content), options or JobOptions())
    world.process_all(world.new_worker())
    return world.item(job)


def slow(world: World, first: float, second: float = 0.0) -> SlowEngine:
    engine = SlowEngine(lambda seconds: world.tick(seconds=seconds), first, second)
    world.use(OcrService(replace(world.context, engine=engine)))
    return engine


def tries(world: World, item: Item) -> list[dict[str, str | float | None]]:
    entries = [EntryView.of(entry) for entry in world.owned.timeline(item.job_id)]
    found = next(entry for entry in entries if entry.action == "item.recognised").detail["tries"]
    assert isinstance(found, list)
    return found


def test_a_page_on_its_head_is_read_again_in_the_same_attempt() -> None:
    world = World()
    item = read(world)
    assert (item.status, item.ocr_text, item.rotation, item.skew) == (ItemStatus.DONE, READ, 180, 0.0)
    assert (item.attempts, item.warnings) == (1, ())
    assert world.meter.second_looks == [SecondLook.BETTER]


def test_a_page_that_reads_well_is_looked_at_once() -> None:
    world = World()
    world.engine.before("recognise_again", AssertionError())
    item = read(world, b"PICTURE:HELLO")
    assert (item.ocr_text, item.rotation, item.skew, item.warnings) == ("HELLO", 0, None, ())
    assert world.meter.second_looks == []


def test_a_page_that_may_not_be_turned_is_looked_at_once() -> None:
    world = World()
    item = read(world, options=JobOptions(rotate="none"))
    assert (item.ocr_text, item.rotation, item.warnings) == (UNREAD, 0, ())
    assert world.meter.second_looks == []


@pytest.mark.parametrize(
    "error",
    [EngineFailure(ItemErrorCode.OCR_TIMEOUT), EngineStopped(), EngineUnavailable(), RuntimeError("unexpected")],
    ids=repr,
)
def test_the_first_reading_counts_with_a_warning_where_the_second_look_fails(error: Exception) -> None:
    world = World()
    world.engine.before("recognise_again", error)
    item = read(world)
    assert (item.status, item.ocr_text, item.attempts) == (ItemStatus.DONE, UNREAD, 1)
    assert item.warnings == (ItemWarning.SECOND_LOOK_CUT,)
    assert world.meter.second_looks == [SecondLook.FAILED]


def test_the_first_reading_counts_where_the_second_has_more_text_than_is_allowed() -> None:
    world = World(Policy(max_text_bytes=len(UNREAD)))
    world.use(OcrService(replace(world.context, engine=TalkativeEngine())))
    item = read(world)
    assert (item.status, item.ocr_text, item.warnings) == (ItemStatus.DONE, UNREAD, (ItemWarning.SECOND_LOOK_CUT,))


def test_a_second_look_has_the_time_that_the_first_left() -> None:
    world = World(Policy(item_timeout=timedelta(seconds=100)))
    engine = slow(world, first=40, second=50)
    assert read(world).ocr_text == READ
    assert engine.timeouts == [timedelta(seconds=100), timedelta(seconds=60)]


def test_a_second_look_begins_only_with_half_as_much_time_again() -> None:
    world = World(Policy(item_timeout=timedelta(seconds=100)))
    engine = slow(world, first=40.1)
    item = read(world)
    assert (item.ocr_text, item.warnings) == (UNREAD, (ItemWarning.SECOND_LOOK_CUT,))
    assert len(engine.timeouts) == 1
    assert world.meter.second_looks == [SecondLook.NO_TIME]


class LosingEngine(SlowEngine):
    """It leaves ink unread at the first look, and this share of it at the second."""

    def __init__(self, tick: Callable[[float], object], left: float, first: float = 0.0) -> None:
        super().__init__(tick, first)
        self._left = left

    def recognise(self, page: Page, *, timeout: timedelta, stop: Stop) -> Layout:
        return replace(super().recognise(page, timeout=timeout, stop=stop), unread=0.3)

    def recognise_again(self, page: Page, doubt: Doubt, *, timeout: timedelta, stop: Stop) -> Layout | None:
        del doubt
        longer = replace(page, source=BytesSource(LONGER))
        return replace(MemoryEngine.recognise(self, longer, timeout=timeout, stop=stop), unread=self._left)


@pytest.mark.parametrize(("left", "warnings"), [(0.0, ()), (0.1, (ItemWarning.NO_WORDS,))])
def test_ink_that_is_left_after_the_second_look_is_told(left: float, warnings: tuple[ItemWarning, ...]) -> None:
    world = World()
    world.use(OcrService(replace(world.context, engine=LosingEngine(lambda _: None, left))))
    item = read(world, b"PICTURE:HELLO WORLD")
    assert (item.ocr_text, item.warnings) == ("HELLO WORLD AGAIN", warnings)


def test_ink_that_is_left_is_told_where_no_second_look_began() -> None:
    world = World(Policy(item_timeout=timedelta(seconds=100)))
    engine = LosingEngine(lambda seconds: world.tick(seconds=seconds), 0.0, first=60)
    world.use(OcrService(replace(world.context, engine=engine)))
    assert read(world, b"PICTURE:HELLO WORLD").warnings == (ItemWarning.SECOND_LOOK_CUT, ItemWarning.NO_WORDS)


def test_the_log_tells_of_every_look() -> None:
    world = World()
    slow(world, first=2, second=3.5)
    item = read(world)
    assert tries(world, item) == [
        {
            "engine": "tesseract 1",
            "rotation": 0,
            "skew": None,
            "confidence": 20.0,
            "words": 2,
            "milliseconds": 2000,
            "outcome": None,
        },
        {
            "engine": "tesseract 1",
            "rotation": 180,
            "skew": 0.0,
            "confidence": 96.0,
            "words": 2,
            "milliseconds": 3500,
            "outcome": "better",
        },
    ]


class FailingEngine(SlowEngine):
    """Its second looks fail, after a time."""

    def recognise_again(self, page: Page, doubt: Doubt, *, timeout: timedelta, stop: Stop) -> Layout | None:
        super().recognise_again(page, doubt, timeout=timeout, stop=stop)
        raise EngineFailure(ItemErrorCode.OCR_CRASHED)


def test_the_log_tells_of_a_second_look_that_failed() -> None:
    world = World()
    engine = FailingEngine(lambda seconds: world.tick(seconds=seconds), 2, 3.5)
    world.use(OcrService(replace(world.context, engine=engine)))
    first, second = tries(world, read(world))
    assert (first["words"], first["outcome"]) == (2, None)
    assert second == {
        "engine": "tesseract 1",
        "rotation": 0,
        "skew": None,
        "confidence": None,
        "words": 0,
        "milliseconds": 3500,
        "outcome": "failed",
    }


def test_a_log_of_release_0_1_can_keep_the_looks() -> None:
    world = World()
    item = read(world)
    entry = next(one for one in world.owned.timeline(item.job_id) if one.action == "item.recognised")
    assert all(isinstance(value, str | int) for value in entry.detail.values())
    assert len(json.loads(str(entry.detail["tries"]))) == 2
