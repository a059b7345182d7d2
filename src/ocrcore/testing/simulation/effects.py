"""Effects of faults that are specific to one operation, beyond errors before or after a call."""

import contextlib
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from ocrcore.domain.audit import AuditEntry
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import CommitUnknown, QueueUnavailable
from ocrcore.domain.item import Item
from ocrcore.domain.layout import Layout, Line, Word
from ocrcore.domain.looks import Doubt
from ocrcore.ports.documents import DocumentMissing, Source
from ocrcore.ports.engine import EngineFailure, EngineUnavailable, Page, Stop
from ocrcore.ports.jobs import JobTransaction
from ocrcore.ports.queue import Outgoing, Received
from ocrcore.testing.simulation.bodies import task_of
from ocrcore.testing.simulation.catalogue import Fault
from ocrcore.testing.simulation.kernel import START, Process, micros
from ocrcore.testing.simulation.stage import Stage

Port = Callable[..., Any]


class SimulatedBug(RuntimeError):
    """An error outside the contract of every port."""


#: A message that was delivered more often than this becomes a dead letter.
MAX_RECEIVES: Final = 10
_NO_WAIT: Final = timedelta()
_GARBAGE: Final = ("not json", "[]", '{"job_id": 1}', '{"job_id": "x", "item_id": "y"}', "\u20ac" * 400)


class _Undone(Exception):
    """Rolls a transaction back."""


def transact(
    world: Stage,
    process: Process,
    fault: Fault | None,
    port: Port,
    job_id: UUID,
    decide: Port,
    **announced: Sequence[UUID],
) -> object:
    """Commit; or roll back and report an unknown commit; or roll back once and decide again."""
    watched = world.decide(decide)

    def undone(transaction: JobTransaction) -> None:
        watched(transaction)
        raise _Undone

    if fault in {Fault.COMMIT_LOST, Fault.RERUN}:
        with contextlib.suppress(_Undone):
            port(job_id, undone, **announced)
        if fault is Fault.COMMIT_LOST:
            msg = "simulated: the commit was not answered"
            raise CommitUnknown(msg)
        world.kernel.step_aside()
    del process
    return port(job_id, watched, **announced)


def send(
    world: Stage, process: Process, fault: Fault | None, port: Port, messages: Sequence[Outgoing]
) -> Sequence[bool]:
    """Accept all messages or some; send some twice."""
    del process
    if fault is Fault.DUPLICATE:
        port(messages[:1])
    return _some(world, fault, port, messages)


def write(
    world: Stage, process: Process, fault: Fault | None, port: Port, entries: Sequence[AuditEntry]
) -> Sequence[bool]:
    """Accept all entries or some."""
    del process
    return _some(world, fault, port, entries)


def _some(world: Stage, fault: Fault | None, port: Port, entries: Sequence[Any]) -> Sequence[bool]:
    if fault is not Fault.PARTIAL:
        return list(port(entries))
    accepted = [world.kernel.random.random() < 0.5 for _ in entries]
    port([entry for entry, taken in zip(entries, accepted, strict=True) if taken])
    return accepted


def change_visibility(
    world: Stage, process: Process, fault: Fault | None, port: Port, changes: Mapping[str, timedelta]
) -> None:
    """Change the visibility of all messages or some."""
    del process
    if fault is Fault.PARTIAL:
        changes = {receipt: delay for receipt, delay in changes.items() if world.kernel.random.random() < 0.5}
    port(changes)


def delete(world: Stage, process: Process, fault: Fault | None, port: Port, names: Iterable[str]) -> None:
    """Delete all or some."""
    del process
    wanted = list(names)
    if fault is Fault.PARTIAL:
        wanted = [name for name in wanted if world.kernel.random.random() < 0.5]
    port(wanted)


def delete_message(world: Stage, process: Process, fault: Fault | None, port: Port, receipts: Iterable[str]) -> None:
    """Delete all messages or some; redeliver one."""
    wanted = list(receipts)
    bodies = [message.body for message in world.fakes.messages() if message.receipt in wanted]
    delete(world, process, fault, port, wanted)
    if fault is Fault.REDELIVER:
        world.fakes.context.queue.send([Outgoing(body, "") for body in bodies[:1]])


def delete_dead_letter(
    world: Stage, process: Process, fault: Fault | None, port: Port, receipts: Iterable[str]
) -> None:
    """Delete all dead letters or some; redeliver one."""
    wanted = list(receipts)
    bodies = [message.body for message in world.fakes.dead_letters() if message.receipt in wanted]
    delete(world, process, fault, port, wanted)
    if fault is Fault.REDELIVER and bodies:
        world.fakes.bury(bodies[0])


def receive(
    world: Stage, process: Process, fault: Fault | None, port: Port, limit: int, *, wait: timedelta
) -> Sequence[Received]:
    """Return visible messages, waiting for them in virtual time; add, hide, bury and shuffle messages."""
    kernel = world.kernel
    until = kernel.now + micros(wait)
    if fault in _INTRUDERS:
        _send_intruder(world, fault)
    received = _deliver(world, port, limit)
    while not received and kernel.now < until and not process.draining:
        _await_message(world, until)
        received = _deliver(world, port, limit)
    return _disturbed(world, fault, received)


def _disturbed(world: Stage, fault: Fault | None, received: list[Received]) -> list[Received]:
    """Return the response under a fault: fewer messages, more, another order, or an error."""
    match fault:
        case Fault.EMPTY:
            port_changes = {message.receipt: _NO_WAIT for message in received}
            world.fakes.context.queue.change_visibility(port_changes)
            return []
        case Fault.GHOST:
            msg = "simulated: the answer was lost"
            raise QueueUnavailable(msg)
        case Fault.LOST:
            world.fakes.context.queue.delete([message.receipt for message in received[:1]])
            world.lost += len(received[:1])
            return received[1:]
        case Fault.TAMPER:
            return [_tampered(world, message) for message in received]
        case Fault.SHUFFLE:
            world.kernel.random.shuffle(received)
        case Fault.DUPLICATE:
            world.fakes.context.queue.send([Outgoing(message.body, "") for message in received[:1]])
        case Fault.DEAD_LETTER:
            for message in received[:1]:
                world.fakes.context.queue.delete([message.receipt])
                world.fakes.bury(message.body)
            return received[1:]
        case _:
            pass
    return received


def _await_message(world: Stage, until: int) -> None:
    kernel = world.kernel
    next_at = min((micros(message.visible_at - START) for message in world.fakes.messages()), default=until)
    kernel.wait(max(kernel.now + 1, min(until, next_at)) - kernel.now, world.pollers)


def _deliver(world: Stage, port: Port, limit: int) -> list[Received]:
    received: list[Received] = []
    for message in port(limit, wait=_NO_WAIT):
        if message.receive_count > MAX_RECEIVES:
            world.fakes.context.queue.delete([message.receipt])
            world.fakes.bury(message.body)
        else:
            received.append(message)
    return received


_INTRUDERS: Final = frozenset({Fault.GARBAGE, Fault.STRANGER})


def _send_intruder(world: Stage, fault: Fault | None) -> None:
    """Send a body that is not a task, or the task of an unknown item."""
    random = world.kernel.random
    tasks = [row.task for row in world.fakes.tables.orders.values()]
    tasks += [task for message in world.fakes.messages() if (task := task_of(message.body)) is not None]
    if fault is Fault.GARBAGE or not tasks:
        body = _GARBAGE[int(random.random() * len(_GARBAGE))]
    else:
        task = tasks[int(random.random() * len(tasks))]
        task = replace(task, job_id=world.ids.new(), item_id=world.ids.new())
        body = task.to_json()
    world.fakes.context.queue.send([Outgoing(body, "")])


#: The share of tampered messages that refer to another document of their own job, where there is one.
_SIBLING: Final = 0.8


def _tampered(world: Stage, message: Received) -> Received:
    """Return the message with another document: one of its own job, or any document in another bucket."""
    task = task_of(message.body)
    others = sorted(key for key in world.fakes.documents if task is not None and key != task.s3_key)
    if task is None or not others:
        return message
    siblings = [key for key in others if key.startswith(f"jobs/{task.job_id}/")]
    if siblings and world.kernel.random.random() < _SIBLING:
        others, bucket = siblings, task.s3_bucket
    else:
        bucket = "another-bucket"
    key = others[int(world.kernel.random.random() * len(others))]
    return replace(message, body=replace(task, s3_bucket=bucket, s3_key=key).to_json())


def receive_dead_letters(
    world: Stage, process: Process, fault: Fault | None, port: Port, limit: int
) -> Sequence[Received]:
    """Return dead letters; or return none; or hide them and lose the response."""
    del process
    if fault is Fault.GARBAGE:
        world.fakes.bury("not ours")
    if fault is Fault.EMPTY:
        return []
    received: Sequence[Received] = port(limit)
    if fault is Fault.GHOST:
        msg = "simulated: the answer was lost"
        raise QueueUnavailable(msg)
    return received


def find_document(world: Stage, process: Process, fault: Fault | None, port: Port, key: str) -> object:
    """Return the document, or report it as missing. The checker sees how long a worker holds it."""
    if fault is Fault.MISSING:
        msg = "simulated: not found, this time"
        raise DocumentMissing(msg)
    document: Source | bytes = port(key)
    if isinstance(document, bytes) or not process.name.startswith("worker"):
        return document
    world.checker.opened(process, key)
    return _Watched(document, lambda: world.checker.closed(process, key))


class _Watched(Source):
    """A document whose end is noticed."""

    def __init__(self, document: Source, on_close: Callable[[], None]) -> None:
        self._document = document
        self._on_close = on_close

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self._document.size

    def read(self) -> bytes:
        """Return all bytes."""
        return self._document.read()

    def fileno(self) -> int | None:
        """Return the descriptor, if it has one."""
        return self._document.fileno()

    def close(self) -> None:
        """Close the document."""
        self._document.close()
        self._on_close()


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


EFFECTS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {
        "jobs.transact": transact,
        "queue.send": send,
        "queue.receive": receive,
        "queue.change_visibility": change_visibility,
        "queue.delete": delete_message,
        "dead_letters.receive": receive_dead_letters,
        "dead_letters.delete": delete_dead_letter,
        "documents.delete": delete,
        "documents.open": find_document,
        "audit.write": write,
        "engine.recognise": recognise,
        "engine.recognise_again": recognise_again,
    }
)
