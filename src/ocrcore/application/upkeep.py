"""Upkeep: what time makes due, done by every process, any number at once; each step is decided under a lock."""

import logging
from collections.abc import Callable
from typing import Final

from ocrcore.application.context import BATCH, Context
from ocrcore.application.expire_overdue import expire_once
from ocrcore.application.purge_documents import drop_drafts_once, purge_once
from ocrcore.application.recover_items import requeue_forgotten_once, take_back_lapsed_once
from ocrcore.application.reflect_dead_letters import reflect_dead_letters_once
from ocrcore.application.relay_audit import forget_audit_once, relay_audit_once, relay_reads_once
from ocrcore.application.relay_outbox import relay_once
from ocrcore.domain.errors import Unavailable

#: In the order of how soon a user would miss them.
STEPS: Final[tuple[Callable[[Context], int], ...]] = (
    relay_once,
    relay_audit_once,
    expire_once,
    take_back_lapsed_once,
    requeue_forgotten_once,
    reflect_dead_letters_once,
    drop_drafts_once,
    purge_once,
    relay_reads_once,
    forget_audit_once,
)

#: So that no step keeps the others waiting for ever.
_MOST_ROUNDS: Final = 100

_log = logging.getLogger(__name__)


def upkeep_once(context: Context) -> dict[str, int]:
    """Take every step until it finds nothing more; return how much each found to do.

    A step whose service is away does not stop the others.
    """
    return {step.__name__: _exhaust(step, context) for step in STEPS}


def _exhaust(step: Callable[[Context], int], context: Context) -> int:
    total = 0
    try:
        for _ in range(_MOST_ROUNDS):
            found = step(context)
            total += found
            if found < BATCH:
                break
    except Unavailable:
        _log.warning("upkeep step put off", extra={"step": step.__name__}, exc_info=True)
    except Exception:  # noqa: BLE001 - one row that nobody foresaw must not end the upkeep of all the others
        _log.exception("upkeep step failed", extra={"step": step.__name__})
    return total
