"""Effects of faults that are specific to one operation, beyond errors before or after a call."""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from ocrcore.domain.api_key import ApiKey
from ocrcore.domain.audit import AuditEntry
from ocrcore.domain.errors import CommitUnknown, QueueUnavailable
from ocrcore.domain.webhook import Webhook
from ocrcore.domain.webhook_target import Target
from ocrcore.ports.api_keys import Asker, KeyChange
from ocrcore.ports.documents import DocumentMissing, Source
from ocrcore.ports.jobs import JobTransaction
from ocrcore.ports.queue import Outgoing, Received
from ocrcore.ports.webhooks import WebhookChange
from ocrcore.testing.simulation.bodies import task_of
from ocrcore.testing.simulation.catalogue import Fault
from ocrcore.testing.simulation.engine_effects import SimulatedBug, recognise, recognise_again
from ocrcore.testing.simulation.kernel import SECOND, START, Process, micros
from ocrcore.testing.simulation.stage import Port, Stage

#: A message that was delivered more often than this becomes a dead letter.
MAX_RECEIVES: Final = 10
_NO_WAIT: Final = timedelta()
#: How late a receiver answers: later than the lease of an attempt ends.
_LATEST_ANSWER: Final = 60 * SECOND
#: Fault -> the answer of a receiver.
_STATUS: Final[Mapping[Fault | None, int]] = MappingProxyType({Fault.REFUSED: 500, Fault.GONE: 410})
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

    del process
    return _committed(
        world, fault, lambda: port(job_id, undone, **announced), lambda: port(job_id, watched, **announced)
    )


def change_keys(
    world: Stage,
    process: Process,
    fault: Fault | None,
    port: Port,
    owner: str,
    now: datetime,
    decide: Callable[[Sequence[ApiKey]], KeyChange],
) -> object:
    """Commit; or roll back and report an unknown commit; or roll back once and decide again."""
    watched = world.decide(decide)

    def undone(alive: Sequence[ApiKey]) -> KeyChange:
        watched(alive)
        raise _Undone

    del process
    return _committed(world, fault, lambda: port(owner, now, undone), lambda: port(owner, now, watched))


def _committed(world: Stage, fault: Fault | None, undo: Callable[[], object], commit: Callable[[], object]) -> object:
    if fault in {Fault.COMMIT_LOST, Fault.RERUN}:
        with contextlib.suppress(_Undone):
            undo()
        if fault is Fault.COMMIT_LOST:
            msg = "simulated: the commit was not answered"
            raise CommitUnknown(msg)
        world.kernel.step_aside()
    return commit()


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


def change_webhooks(
    world: Stage,
    process: Process,
    fault: Fault | None,
    port: Port,
    owner: str,
    decide: Callable[[Sequence[Webhook]], WebhookChange],
    *,
    asker: Asker | None = None,
) -> object:
    """Commit; or roll back and report an unknown commit; or roll back once and decide again."""
    del process
    watched = world.decide(decide)
    who = None if asker is None else replace(asker, require=world.decide(asker.require))

    def undone(own: Sequence[Webhook]) -> WebhookChange:
        watched(own)
        raise _Undone

    return _committed(world, fault, lambda: port(owner, undone, asker=who), lambda: port(owner, watched, asker=who))


def post(  # noqa: PLR0913 - the arguments of the port
    world: Stage,
    process: Process,
    fault: Fault | None,
    port: Port,
    target: Target,
    headers: Mapping[str, str],
    body: str,
    *,
    allow_private: bool,
) -> int:
    """Send a request, which is answered in every way that a receiver can."""
    del process
    if fault is Fault.BUG:
        msg = "simulated: a bug of the receivers' adapter"
        raise SimulatedBug(msg)
    answer: int = port(target, headers, body, allow_private=allow_private)
    if fault is Fault.SLOW:
        world.kernel.sleep(int(world.kernel.random.random() * _LATEST_ANSWER))
    return _STATUS.get(fault, answer)


EFFECTS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {
        "jobs.transact": transact,
        "api_keys.change": change_keys,
        "webhooks.change": change_webhooks,
        "receivers.post": post,
        "queue.send": send,
        "queue.receive": receive,
        "queue.change_visibility": change_visibility,
        "queue.delete": delete_message,
        "dead_letters.receive": receive_dead_letters,
        "dead_letters.delete": delete_dead_letter,
        "documents.delete": delete,
        "documents.open": find_document,
        "audit.write": write,
        "history_log.write": write,
        "engine.recognise": recognise,
        "engine.recognise_again": recognise_again,
    }
)
