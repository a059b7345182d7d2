"""The checker of owners and keys: what a request is shown, what it changes, and by which key.

**Noninterference.** What an owner sees must not depend on what other owners do. Two histories, with and without the
others, cannot be compared call by call: another owner's page takes a slot, so times differ. The checker looks at the
steps instead, as the unwinding theorem of Goguen and Meseguer does: every answer that a port gives to an owner's
request is compared with the answer of the same port on a copy of the database without the rows of all others, and every
commit of a request changes rows of its owner only. Then the whole response, which is computed from such answers, is
that of a service which the others never used.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, get_args, get_type_hints
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.domain.api_key import ApiKey
from ocrcore.domain.audit import AuditEntry
from ocrcore.domain.errors import OcrError
from ocrcore.domain.idempotency import IdempotencyKeyTaken
from ocrcore.domain.job import Job, Tombstone
from ocrcore.testing.simulation.fakes import Fakes
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, START, Actor, Kernel, micros

#: How long a key may still open the service after its end was committed.
_GRACE: Final = 2 * SECOND
#: The largest difference between two clocks.
_DOUBT: Final = 10 * SECOND
#: What an owner is named for, and is no read of its rows.
NO_READS: Final = MappingProxyType(
    {
        "api_keys.change": "decides about its rows in a transaction, which is checked when it is committed",
        "webhooks.change": "the same",
        "rate_windows.take": "returns what is left of a number, which depends on the processes that spend it",
        "imaging.inspect": "the owner is whose turn it is",
        "page_images.render": "the same",
        "pdf_writer.write": "the same",
    }
)
#: Reads whose owner follows from the job, item or webhook that they name.
_BY_ID: Final = frozenset({"jobs.items", "audit.timeline", "changes.items", "deliveries.list"})


def _verbs_for_owners() -> frozenset[str]:
    """Return the verbs of all ports that are told an owner, so that none is forgotten."""
    found = set()
    for port, hint in get_type_hints(Context).items():
        for kind in (each for each in (hint, *get_args(hint)) if getattr(each, "_is_protocol", False)):
            for name, verb in inspect.getmembers(kind, inspect.isfunction):
                if not name.startswith("_") and {"owner", "owners"} & inspect.signature(verb).parameters.keys():
                    found.add(f"{port}.{name}")
    return frozenset(found)


#: The reads of clients' requests whose answers depend on the owner.
READS: Final = (_verbs_for_owners() - NO_READS.keys()) | _BY_ID
#: The writes that another job's idempotency key may refuse.
_WRITES: Final = frozenset({"jobs.add", "jobs.transact"})


class OwnerChecker:
    """Checks the calls that are made for requests of owners."""

    def __init__(self, kernel: Kernel, fakes: Fakes) -> None:
        self._kernel = kernel
        self._fakes = fakes
        self._tables = fakes.tables
        #: Id of a key -> when it was written, and its row.
        self._changes: dict[str, list[tuple[int, ApiKey]]] = {}

    def read(
        self, operation: str, actor: Actor, args: tuple[Any, ...], answer: object, named: Mapping[str, Any]
    ) -> None:
        """Compare the answer to an owner's request with that of a database without the others.

        ``named`` are the arguments that were given by name.
        """
        if operation in READS and self._has_others(actor.owner):
            self._compare(operation, actor, args, named, answer)

    def refused(
        self, operation: str, actor: Actor, args: tuple[Any, ...], error: OcrError, named: Mapping[str, Any]
    ) -> None:
        """The same for a refusal; a key that is taken is taken by another job of the owner."""
        if operation in READS and self._has_others(actor.owner):
            self._compare(operation, actor, args, named, type(error))
        if operation in _WRITES and isinstance(error, IdempotencyKeyTaken) and not self._has_keys(actor.owner):
            self._fail(Invariant.OWNERS_APART, f"{actor.owner} never used an idempotency key, and one is taken")

    def committed(self, actor: Actor, before: Job | None, after: Job | None, events: Mapping[str, AuditEntry]) -> None:
        """Check what the commit of an owner's request changed, and by which key."""
        row = after or before
        if row is not None and row.owner != actor.owner and before != after:
            self._fail(Invariant.OWNERS_APART, f"a request of {actor.owner} changed job {row.id} of {row.owner}")
        if not actor.key_id or self._kernel.disturbed_at >= self._kernel.now:
            return
        key = self._tables.api_keys.get(actor.key_id)
        if key is None or self._has_ended(key, actor.process.last_now):
            self._fail(Invariant.NO_CHANGE_AFTER_END, f"{actor.name} committed by key {actor.key_id}, which has ended")
        if any(entry.actor == actor.owner for entry in events.values()):
            self._fail(Invariant.NO_CHANGE_AFTER_END, f"the log does not name key {actor.key_id} of {actor.owner}")

    def document_read(self, actor: Actor, key: str) -> None:
        """Check the document that an owner's request reads. Its job may have been deleted since the request began."""
        job_id = UUID(key.split("/")[1])
        rows = (self._tables.jobs.get(job_id), self._tables.tombstones.get(job_id))
        if not any(row is not None and row.owner == actor.owner for row in rows):
            self._fail(Invariant.OWNERS_APART, f"a request of {actor.owner} reads {key}")

    def keys_changed(self, keys: Sequence[ApiKey]) -> None:
        """Note keys that were written."""
        for key in keys:
            self._changes.setdefault(key.id, []).append((self._kernel.now, key))

    def admitted(self, key_id: str, since: int, clock: int) -> None:
        """Check a key that opened the service to a request that began at this time, and by this clock."""
        for at, key in self._changes.get(key_id, ()):
            is_late, was_quiet = at + _GRACE <= since, self._kernel.disturbed_at < at - _GRACE
            if is_late and was_quiet and key.revoked_at is not None:
                self._fail(Invariant.KEY_LIFE, f"key {key_id} opened the service, and was revoked long before")
            if is_late and self._kernel.disturbed_at < since and _is_past(key, clock):
                self._fail(Invariant.KEY_LIFE, f"key {key_id} opened the service after its end")

    def shut_out(self, key_id: str, since: int, clock: int) -> None:
        """Check a key that was refused: it has ended, or a clock was set meanwhile."""
        key = self._tables.api_keys.get(key_id)
        if key is not None and not self._has_ended(key, clock) and self._kernel.disturbed_at < since:
            self._fail(Invariant.KEY_LIFE, f"key {key_id} is alive, and was refused")

    def revoked(self, key: ApiKey) -> None:
        """Check a key as it is after its revocation: one that has expired, by any clock, stays as it was."""
        if not self._has_ended(key, self._kernel.now + _DOUBT):
            self._fail(Invariant.KEY_LIFE, f"key {key.id} was revoked, and is alive")

    def _has_ended(self, key: ApiKey, clock: int) -> bool:
        return key.revoked_at is not None or _is_past(key, clock)

    def _compare(
        self, operation: str, actor: Actor, args: tuple[Any, ...], named: Mapping[str, Any], answer: object
    ) -> None:
        port, _, verb = operation.partition(".")
        ask: Callable[..., object] = getattr(self._fakes.alone(actor.owner)[port], verb)
        try:
            expected = ask(*args, **named)
        except OcrError as error:
            expected = type(error)
        if answer != expected:
            self._fail(
                Invariant.OWNERS_APART,
                f"{operation} answered {actor.owner} with {answer!r:.300}, and without other owners {expected!r:.300}",
            )

    def _has_others(self, owner: str) -> bool:
        tables = self._tables
        jobs, stones, keys = tables.jobs.values(), tables.tombstones.values(), tables.api_keys.values()
        owners = chain((job.owner for job in jobs), (stone.owner for stone in stones), (key.owner for key in keys))
        return any(other != owner for other in owners)

    def _has_keys(self, owner: str) -> bool:
        rows: list[Job | Tombstone] = [*self._tables.jobs.values(), *self._tables.tombstones.values()]
        return any(row.owner == owner and row.idempotency is not None for row in rows)

    def _fail(self, invariant: Invariant, detail: str) -> None:
        self._kernel.fail(invariant, detail)


def _is_past(key: ApiKey, clock: int) -> bool:
    return key.expires_at is not None and clock >= micros(key.expires_at - START)
