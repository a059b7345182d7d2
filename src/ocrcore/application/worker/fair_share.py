"""Fair share: which claims a worker refuses so that another owner's page gets the slot."""

import logging
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from ocrcore.application.context import Context
from ocrcore.application.worker.attempt import Delivery
from ocrcore.domain.errors import Unavailable
from ocrcore.domain.fairness import has_its_share, may_refuse

#: How long a look at the owners that wait is used. One look costs a statement.
_LOOK: Final = timedelta(seconds=5)

_log = logging.getLogger(__name__)


class FairShare:
    """The rule of :mod:`ocrcore.domain.fairness` for one worker. Safe to share between threads."""

    def __init__(self, context: Context, slots: int) -> None:
        self._context, self._slots = context, slots
        self._lock = Lock()
        self._looked_at: datetime | None = None
        self._others_wait = False

    def refuses(self, delivery: Delivery, in_flight: int) -> bool:
        """Return whether to refuse the claim of a delivery, whose owner has ``in_flight`` slots of this worker.

        Asks the database only where everything else speaks for a refusal, and at most every five seconds. While it does
        not answer, nothing is refused.
        """
        if self._context.queue.takes_turns or delivery.group is None:
            return False
        return may_refuse(delivery.receives) and has_its_share(in_flight, self._slots) and self._do_others_wait()

    def _do_others_wait(self) -> bool:
        """Return whether pages of two owners wait: that of the delivery in hand, and another."""
        now = self._context.clock.now()
        with self._lock:
            if self._looked_at is not None and abs(now - self._looked_at) < _LOOK:
                return self._others_wait
            self._looked_at = now
        try:
            others_wait = len(self._context.jobs.waiting_owners(2)) > 1
        except Unavailable:
            _log.debug("it is not known whether other owners wait", exc_info=True)
            others_wait = False
        with self._lock:
            self._others_wait = others_wait
        return others_wait
