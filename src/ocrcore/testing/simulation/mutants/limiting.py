"""Mutants of limits and quotas."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime

from ocrcore.application.access.request_limit import RequestLimit
from ocrcore.application.context import Context
from ocrcore.application.jobs import draft, retry, submit
from ocrcore.domain.limits import Leased, Quotas, Usage
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


def quota_without_turns() -> AbstractContextManager[None]:
    """Requests of an owner in one process look for room at the same time."""

    def adding(_context: Context, _owner: str) -> AbstractContextManager[None]:
        return nullcontext()

    return replaced(draft, "adding", adding)


def quota_before_the_files_alone() -> AbstractContextManager[None]:
    """A submission looks for room before it stores the files, and never again."""
    return replaced(submit, "require_quota", _nothing)


def retry_without_quota() -> AbstractContextManager[None]:
    """A retry does not look for room."""
    return replaced(retry, "require_quota", _nothing)


def draft_without_quota() -> AbstractContextManager[None]:
    """A draft does not look for room."""
    return replaced(draft, "check_quota", _nothing)


def quota_never_full() -> AbstractContextManager[None]:
    """Who would have as much as it may is refused."""
    check = Quotas.check

    def one_less(quotas: Quotas, used: Usage, *, items: int, size: int) -> None:
        fewer = replace(quotas, open_items=max(0, quotas.open_items - 1), stored_bytes=max(0, quotas.stored_bytes - 1))
        check(fewer, used, items=items, size=size)

    return replaced(Quotas, "check", one_less)


def _nothing(*_arguments: object, **_named: object) -> None:
    """Let everything pass."""
