"""Mistakes of upkeep: what is sent on, and what is struck out."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from ocrcore.application.context import Context
from ocrcore.application.upkeep import dead_letters, relay_audit, relay_outbox, upkeep
from ocrcore.ports.audit_outbox import UnsentEntry
from ocrcore.ports.outbox import Order
from ocrcore.ports.queue import Outgoing
from ocrcore.testing.simulation.mutants.replacing import replaced


def ignoring_failed() -> AbstractContextManager[None]:
    """Entries of a batch that the queue did not accept are struck out."""

    def send(context: Context, orders: Sequence[Order]) -> int:
        if orders:
            context.queue.send([Outgoing(order.task.to_json(), order.owner) for order in orders])
            context.outbox.remove([order.id for order in orders])
        return len(orders)

    return replaced(relay_outbox, "_send", send)


def ignoring_unprocessed() -> AbstractContextManager[None]:
    """Entries that the log did not accept are struck out."""

    def send(context: Context, rows: Sequence[UnsentEntry]) -> int:
        if rows:
            context.audit.write([row.entry for row in rows])
            context.audit_outbox.remove([row.id for row in rows])
        return len(rows)

    return replaced(relay_audit, "_send", send)


def strike_before_send() -> AbstractContextManager[None]:
    """Orders are struck out, and then sent."""

    def send(context: Context, orders: Sequence[Order]) -> int:
        if orders:
            context.outbox.remove([order.id for order in orders])
            context.queue.send([Outgoing(order.task.to_json(), order.owner) for order in orders])
        return len(orders)

    return replaced(relay_outbox, "_send", send)


def dead_letters_ignored() -> AbstractContextManager[None]:
    """Nobody looks at the dead letters."""
    steps = tuple(step for step in upkeep.STEPS if step is not dead_letters.reflect_dead_letters_once)
    return replaced(upkeep, "STEPS", steps)
