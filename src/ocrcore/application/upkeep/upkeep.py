"""Upkeep: work that is due by time. Every process runs it, any number concurrently; locks decide each change."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from ocrcore.application.context import BATCH, Context
from ocrcore.application.upkeep.dead_letters import reflect_dead_letters_once
from ocrcore.application.upkeep.expire import expire_once
from ocrcore.application.upkeep.failed_logins import note_failed_logins_once
from ocrcore.application.upkeep.log_histories import log_histories_once
from ocrcore.application.upkeep.publish_fleet import publish_fleet_once
from ocrcore.application.upkeep.purge import drop_leftovers_once, purge_once
from ocrcore.application.upkeep.recover import requeue_forgotten_once, take_back_lapsed_once
from ocrcore.application.upkeep.relay_audit import forget_audit_once, relay_audit_once, relay_reads_once
from ocrcore.application.upkeep.relay_outbox import relay_once
from ocrcore.application.upkeep.search_index import index_pages_once
from ocrcore.domain.errors import Unavailable

_Steps = tuple[Callable[[Context], int], ...]

#: Steps that need the database only, and wait for no other service.
PROMPT: Final[_Steps] = (expire_once, take_back_lapsed_once, requeue_forgotten_once)

#: All steps, most urgent for users first.
STEPS: Final[_Steps] = (
    *PROMPT,
    relay_once,
    relay_audit_once,
    publish_fleet_once,
    reflect_dead_letters_once,
    drop_leftovers_once,
    purge_once,
    index_pages_once,
    relay_reads_once,
    note_failed_logins_once,
    log_histories_once,
    forget_audit_once,
)

#: The prompt steps run again after this long in other steps.
_PROMPTLY: Final = timedelta(seconds=5)
#: Most rounds of one step, so that it does not starve the others.
_MOST_ROUNDS: Final = 100

_log = logging.getLogger(__name__)


def upkeep_once(context: Context, moved: Callable[[], None] = lambda: None) -> dict[str, int]:
    """Repeat every step until it finds no more work; return the number of rows that each step found.

    ``moved`` is called before each round of a step, so that whoever watches sees that a long upkeep gets on.

    A step whose service is unavailable does not stop the others. A step whose service is slow, or silent until a
    timeout, does not delay the steps that need the database only.
    """
    found = dict.fromkeys((step.__name__ for step in STEPS), 0)
    prompt_at = context.clock.now()
    for step in STEPS:
        for _ in range(_MOST_ROUNDS):
            moved()
            number = _run(step, context)
            found[step.__name__] += number
            if step not in PROMPT and context.clock.now() - prompt_at >= _PROMPTLY:
                for prompt in PROMPT:
                    found[prompt.__name__] += _run(prompt, context)
                prompt_at = context.clock.now()
            if number < BATCH:
                break
    return found


def _run(step: Callable[[Context], int], context: Context) -> int:
    try:
        return step(context)
    except Unavailable:
        _log.warning("upkeep step postponed: a service is unavailable", extra={"step": step.__name__}, exc_info=True)
    except Exception:  # noqa: BLE001 - one invalid row must not end the upkeep of all the others
        _log.exception("upkeep step failed", extra={"step": step.__name__})
    return 0
