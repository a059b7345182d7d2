"""The limit of requests: each request of an owner spends one of the minute."""

import logging
from collections.abc import Callable

from ocrcore.application.context import Context
from ocrcore.domain.errors import RateLimited, Unavailable
from ocrcore.domain.limits import Allowance, Leased, LimitPolicy

_log = logging.getLogger(__name__)


class RequestLimit:
    """The limit of one process, which shares each owner's minute with the other processes."""

    def __init__(self, context: Context) -> None:
        self._context, self._limit = context, context.policy.limit_requests

    @property
    def limit(self) -> int:
        """Most requests of an owner in a minute; 0: no limit, and nothing is counted."""
        return self._limit

    def spend_held(self, owner: str) -> Allowance | None:
        """Spend a request without the database and return what is left; None if :meth:`spend` must ask it.

        Never waits. Raises ``RateLimited`` if nothing is left of the minute.
        """
        now = self._context.clock.now()
        spent = False

        def verb(leased: Leased) -> Leased:
            nonlocal spent
            spent = leased.held > 0
            return leased.spent() if spent else leased

        leased = self._context.leases.change(owner, self._limit, now, verb)
        if spent:
            return leased.allowance(now)
        if leased.is_used_up:
            self._context.meter.refused(LimitPolicy.REQUESTS)
            raise RateLimited(policy=LimitPolicy.REQUESTS, retry_after=leased.allowance(now).seconds)
        return None

    def spend(self, owner: str) -> Allowance:
        """Spend a request, with a new lease if need be, and return what is left. Raises ``RateLimited``.

        If the database does not answer, this process goes on with a share of its own.
        """
        while True:
            with self._context.leases.taking(owner):
                allowance = self.spend_held(owner)  # another thread may have taken a lease meanwhile
                if allowance is not None:
                    return allowance
                self._take(owner)

    def _take(self, owner: str) -> None:
        now = self._context.clock.now()
        leases = self._context.leases
        asked = leases.change(owner, self._limit, now, lambda leased: leased)

        def note(answered: Callable[[Leased], Leased]) -> None:
            """Store what came of it, unless another request has begun the next minute meanwhile."""
            leases.change(
                owner, self._limit, now, lambda leased: answered(leased) if leased.window == asked.window else leased
            )

        try:
            untaken = self._context.rate_windows.take(owner, asked.window, asked.wanted, self._limit)
        except Unavailable:
            _log.warning("requests are limited by a share of this process", exc_info=True)
            note(Leased.unanswered)
            return
        note(lambda leased: leased.refused() if untaken is None else leased.taken(untaken))
