"""What simulated engines do: read in virtual time, fail in every way, and misread pages that lie on their head."""

import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.item import Item
from ocrcore.domain.layout import Layout, Line, Word
from ocrcore.domain.looks import Doubt
from ocrcore.ports.engine import EngineFailure, EngineUnavailable, Page, Stop
from ocrcore.testing.simulation.catalogue import Fault
from ocrcore.testing.simulation.kernel import Process, micros
from ocrcore.testing.simulation.stage import Port, Stage


class SimulatedBug(RuntimeError):
    """An error outside the contract of every port."""


_FAILURES: Final[Mapping[Fault | None, ItemErrorCode]] = MappingProxyType(
    {
        Fault.TIMEOUT: ItemErrorCode.OCR_TIMEOUT,
        Fault.ENGINE_CRASH: ItemErrorCode.OCR_CRASHED,
        Fault.CORRUPT: ItemErrorCode.IMAGE_CORRUPT,
    }
)


def recognise(
    world: Stage, process: Process, fault: Fault | None, port: Port, page: Page, *, timeout: timedelta, stop: Stop
) -> Layout:
    """Recognise in virtual time, and fail in every way that an engine can."""
    looks = world.checker.commits.looks
    looks.begun(world.kernel.current)
    _read(world, process, fault, timeout, stop)
    layout: Layout = port(page, timeout=timeout, stop=stop)
    looks.ended(world.kernel.current)
    if fault is None and lies_on_its_head(layout.text):
        return _backwards(layout)
    match fault:
        case Fault.LONG_TEXT:
            return _reading("x" * (world.policy.max_text_bytes + 1), layout)
        case Fault.CUT_TEXT:
            return replace(layout, text="")
        case Fault.EMPTY_TEXT:
            world.checker.blank.add((page.source.read(), page.number))
            return replace(layout, text="", lines=())
        case _:
            return layout


def recognise_again(  # noqa: PLR0913 - the arguments of the port
    world: Stage,
    process: Process,
    fault: Fault | None,
    port: Port,
    page: Page,
    doubt: Doubt,
    *,
    timeout: timedelta,
    stop: Stop,
) -> Layout | None:
    """Read a page that lies on its head as it should be read, in virtual time, and fail in every way."""
    del doubt
    world.checker.commits.looks.begun_again(world.kernel.current, timeout)
    _read(world, process, fault, timeout, stop)
    layout: Layout = port(page, Doubt.NO_WORDS, timeout=timeout, stop=stop)
    if fault is Fault.CUT_TEXT:
        return replace(layout, text="")
    world.checker.commits.looks.ended_again(world.kernel.current)
    return replace(layout, rotation=180)


def _read(world: Stage, process: Process, fault: Fault | None, timeout: timedelta, stop: Stop) -> None:
    """Let the time of a look pass, or fail as an engine fails."""
    kernel = world.kernel
    claimed = kernel.current and kernel.current.claimed
    if fault is not None and isinstance(claimed, Item):
        world.checker.commits.befallen.add((claimed.id, claimed.attempts))
    if fault is Fault.HANG:
        process.hung += 1
        kernel.park()
    share = _share(kernel.random.random(), fault, _SOMETIMES if world.long_pages else _MOSTLY)
    kernel.sleep(int(share * micros(timeout)), stop.is_set)
    if stop.is_set():
        return
    if (code := _FAILURES.get(fault)) is not None:
        raise EngineFailure(code)
    if fault is Fault.NO_ROOM:
        raise EngineUnavailable
    if fault is Fault.BUG:
        msg = "simulated: a bug of the engine's adapter"
        raise SimulatedBug(msg)


#: One of so many pages lies on its head.
_LYING: Final = 5
_UNSURE: Final = 20.0


def lies_on_its_head(text: str) -> bool:
    """Return whether the simulated page with this text does; some do, whatever the faults are."""
    return zlib.crc32(text.encode()) % _LYING == 0


def _backwards(layout: Layout) -> Layout:
    """Return the reading of a page that lies on its head."""
    reading = _reading(layout.text[::-1], layout)
    lines = [
        replace(line, words=tuple(replace(word, confidence=_UNSURE) for word in line.words)) for line in reading.lines
    ]
    return replace(reading, lines=tuple(lines))


def _reading(text: str, layout: Layout) -> Layout:
    """Return the layout of a page with this one word."""
    box = (0, 0, layout.width, layout.height)
    return replace(layout, text=text, lines=(Line(box, (Word(text, box, 90.0),)),))


#: The share of fast recognitions, in most histories and in those with long pages.
_MOSTLY: Final = 0.93
_SOMETIMES: Final = 0.4


def _share(drawn: float, fault: Fault | None, fast: float) -> float:
    """Return which share of its timeout a recognition takes: mostly a small one."""
    if fault is Fault.TIMEOUT:
        return 1.0
    if fault is Fault.SLOW:
        return 0.5 + 0.49 * drawn
    return 0.1 * drawn if drawn < fast else drawn - 0.01
