"""Mutants of limits."""

from contextlib import AbstractContextManager
from datetime import datetime

from ocrcore.application.access.request_limit import RequestLimit
from ocrcore.domain.limits import Leased
from ocrcore.testing.simulation.mutants.replacing import replaced


def of_one_process() -> AbstractContextManager[None]:
    """Each process counts what it takes itself, and asks nobody."""

    def take(limit: RequestLimit, owner: str) -> None:
        context = limit._context  # noqa: SLF001 - the mutant replaces a method of it
        context.leases.change(
            owner,
            limit.limit,
            context.clock.now(),
            lambda leased: (
                leased.refused() if leased.untaken < leased.wanted else leased.taken(leased.untaken - leased.wanted)
            ),
        )

    return replaced(RequestLimit, "_take", take)


def used_up_for_ever() -> AbstractContextManager[None]:
    """What a process has of a minute is not forgotten when the next one begins."""

    def at(leased: Leased, _now: datetime) -> Leased:
        return leased

    return replaced(Leased, "at", at)
