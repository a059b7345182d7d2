"""Upkeep: what time makes due, done by every process, any number at once; each step is decided under a lock."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from ocrcore.application.context import BATCH, Context
from ocrcore.application.upkeep.dead_letters import reflect_dead_letters_once
from ocrcore.application.upkeep.expire import expire_once
from ocrcore.application.upkeep.purge import drop_drafts_once, purge_once
from ocrcore.application.upkeep.recover import requeue_forgotten_once, take_back_lapsed_once
from ocrcore.application.upkeep.relay_audit import forget_audit_once, relay_audit_once, relay_reads_once
from ocrcore.application.upkeep.relay_outbox import relay_once
from ocrcore.domain.errors import Unavailable

_Steps = tuple[Callable[[Context], int], ...]

#: What is between upkeep and the database alone, and waits for no other service.
PROMPT: Final[_Steps] = (expire_once, take_back_lapsed_once, requeue_forgotten_once)

#: In the order of how soon a user would miss them.
STEPS: Final[_Steps] = (
    *PROMPT,
    relay_once,
    relay_audit_once,
    reflect_dead_letters_once,
    drop_drafts_once,
    purge_once,
    relay_reads_once,
    forget_audit_once,
)

#: After so long in other steps the prompt ones are taken again.
_PROMPTLY: Final = timedelta(seconds=5)
#: So that no step keeps the others waiting for ever.
_MOST_ROUNDS: Final = 100

_log = logging.getLogger(__name__)


def upkeep_once(context: Context) -> dict[str, int]:
    """Take every step until it finds nothing more; return how much each found to do.

    A step whose service is away does not stop the others. One whose service is slow, or silent until a time-out, does
    not hold up those that need the database alone.
    """
    found = dict.fromkeys((step.__name__ for step in STEPS), 0)
    prompt_at = context.clock.now()
    for step in STEPS:
        for _ in range(_MOST_ROUNDS):
            number = _take(step, context)
            found[step.__name__] += number
            if step not in PROMPT and context.clock.now() - prompt_at >= _PROMPTLY:
                for prompt in PROMPT:
                    found[prompt.__name__] += _take(prompt, context)
                prompt_at = context.clock.now()
            if number < BATCH:
                break
    return found


def _take(step: Callable[[Context], int], context: Context) -> int:
    try:
        return step(context)
    except Unavailable:
        _log.warning("upkeep step put off", extra={"step": step.__name__}, exc_info=True)
    except Exception:  # noqa: BLE001 - one row that nobody foresaw must not end the upkeep of all the others
        _log.exception("upkeep step failed", extra={"step": step.__name__})
    return 0
