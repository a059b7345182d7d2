"""Mutants of upkeep: mistakes in relays."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from ocrcore.application.context import BATCH, Context
from ocrcore.application.upkeep import dead_letters, log_histories, relay_audit, relay_outbox, upkeep
from ocrcore.ports.audit_outbox import UnsentEntry
from ocrcore.ports.outbox import Order
from ocrcore.ports.queue import Outgoing
from ocrcore.testing.simulation.mutants.replacing import replaced


def ignoring_failed() -> AbstractContextManager[None]:
    """Outbox rows are removed even if the queue did not accept their messages."""

    def send(context: Context, rows: Sequence[Order]) -> int:
        if rows:
            context.queue.send(_messages(rows))
            context.outbox.remove([row.id for row in rows])
        return len(rows)

    return replaced(relay_outbox, "_send", send)


def ignoring_unprocessed() -> AbstractContextManager[None]:
    """Rows of the audit outbox are removed even if the log did not accept their entries."""

    def send(context: Context, rows: Sequence[UnsentEntry]) -> int:
        if rows:
            context.audit.write([row.entry for row in rows])
            context.audit_outbox.remove([row.id for row in rows])
        return len(rows)

    return replaced(relay_audit, "_send", send)


def logged_unseen() -> AbstractContextManager[None]:
    """Entries of owners' histories are marked as logged even if the log did not accept them."""

    def log(context: Context) -> int:
        entries = context.api_keys.unlogged(BATCH)
        if entries and context.history_log is not None:
            context.history_log.write(entries)
            context.api_keys.mark_logged(entries, context.clock.now())
        return len(entries)

    steps = tuple(log if step is log_histories.log_histories_once else step for step in upkeep.STEPS)
    return replaced(upkeep, "STEPS", steps)


def strike_before_send() -> AbstractContextManager[None]:
    """Outbox rows are removed before their messages are sent."""

    def send(context: Context, rows: Sequence[Order]) -> int:
        if rows:
            context.outbox.remove([row.id for row in rows])
            context.queue.send(_messages(rows))
        return len(rows)

    return replaced(relay_outbox, "_send", send)


def one_line_for_all_jobs() -> AbstractContextManager[None]:
    """Messages do not name their jobs, so those of an owner are served in the order in which they were sent."""

    def message(body: str, group: str, request_id: str | None = None, _subgroup: str | None = None) -> Outgoing:
        return Outgoing(body, group, request_id)

    return replaced(relay_outbox, "Outgoing", message)


def dead_letters_ignored() -> AbstractContextManager[None]:
    """Upkeep does not handle dead letters."""
    steps = tuple(step for step in upkeep.STEPS if step is not dead_letters.reflect_dead_letters_once)
    return replaced(upkeep, "STEPS", steps)


def _messages(rows: Sequence[Order]) -> Sequence[Outgoing]:
    return [Outgoing(row.task.to_json(), row.owner, subgroup=str(row.task.job_id)) for row in rows]
