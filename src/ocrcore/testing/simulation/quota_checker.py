"""The checker of quotas: what an owner has, after every call, and whether there was room for what was added."""

from collections import Counter, defaultdict
from typing import Final

from ocrcore.domain.limits import Quotas
from ocrcore.testing.simulation.fakes import Fakes
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import Actor, Kernel, Process

#: The statuses of items that count as open.
_OPEN: Final = frozenset({"PENDING", "PROCESSING"})
_MEASURES: Final = ("open pages", "stored bytes")


class QuotaChecker:
    """Sums up what each owner has, from the rows."""

    def __init__(self, kernel: Kernel, fakes: Fakes, quotas: Quotas) -> None:
        self._kernel, self._fakes = kernel, fakes
        self._most = quotas.open_items, quotas.stored_bytes
        #: Owner -> its sums since each instant.
        self._sums: defaultdict[str, list[tuple[int, tuple[int, int]]]] = defaultdict(lambda: [(-1, (0, 0))])
        #: Request -> when it began.
        self._begun: dict[Actor, int] = {}
        #: (Owner, process) -> the place, in the owner's sums, of what the process added last.
        self._added: dict[tuple[str, Process], int] = {}

    def begun(self, request: Actor) -> None:
        """Note when a request begins."""
        if any(self._most):
            self._begun[request] = self._kernel.now

    def look(self, actor: Actor) -> None:
        """Check what owners have after a call of an actor."""
        if not any(self._most):
            return
        tables, open_items, stored = self._fakes.tables, Counter[str](), Counter[str]()
        for job in tables.jobs.values():
            stored[job.owner] += job.stored_bytes or 0
        for item in tables.items.values():
            open_items[tables.jobs[item.job_id].owner] += item.status in _OPEN
        for owner in sorted({*stored, *self._sums}):
            self._compare(owner, (open_items[owner], stored[owner]), actor)

    def refused(self, owner: str, since: int, wanted: tuple[int, int]) -> None:
        """Check a request that began then and was refused, for this many pages and bytes, or for fewer."""
        seen = self._sums[owner][self._first(owner, since) :]
        most = [max(sums[measure] for _, sums in seen) for measure in (0, 1)]
        if not any(
            quota and wants and has + wants > quota for quota, wants, has in zip(self._most, wanted, most, strict=True)
        ):
            self._fail(f"{owner} was refused {wanted}, and had no more than {tuple(most)}")

    def _compare(self, owner: str, sums: tuple[int, int], actor: Actor) -> None:
        """Check what was added: there was room for it since its request began, and since its process added the last.

        Requests of an owner in one process take turns, so each sees what those before it have added.
        """
        seen = self._sums[owner]
        before = seen[-1][1]
        if sums == before:
            return
        begun = self._first(owner, self._begun.get(actor, self._kernel.now))
        first = max(begun, self._added.get((owner, actor.process), 0))
        for measure, quota in enumerate(self._most):
            added = sums[measure] - before[measure]
            least = min(each[measure] for _, each in seen[first:])
            if quota and added > 0 and least + added > quota:
                self._fail(f"{actor.who} added {added} {_MEASURES[measure]} of {owner} to {least} or more")
        if any(now > then for now, then in zip(sums, before, strict=True)):
            self._added[owner, actor.process] = len(seen)
        seen.append((self._kernel.now, sums))

    def _first(self, owner: str, since: int) -> int:
        """Return the place of what an owner had at an instant, in its sums."""
        return max((place for place, (at, _) in enumerate(self._sums[owner]) if at < since), default=0)

    def _fail(self, detail: str) -> None:
        self._kernel.fail(Invariant.QUOTAS_KEPT, f"{detail}; the quotas are {self._most}")
