"""Planted bugs: the mistakes of the field, each as one changed function of the product.

A simulation without violations says something only beside these: each of them must be found.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final

from ocrcore.testing.simulation.fakes import Factory, Fakes
from ocrcore.testing.simulation.history import run_seed, uncollected
from ocrcore.testing.simulation.planted import relaying, submitting, telling, working


@dataclass(frozen=True, slots=True)
class Planted:
    """One mistake that the simulation must find."""

    name: str
    #: Makes it, for a while.
    install: Callable[[], AbstractContextManager[None]]
    #: The invariants that it violates, whichever is seen first.
    shows: AbstractSet[int]
    #: Puts it into the fakes instead, where it lies behind a port.
    spoil: Callable[[Fakes], Fakes] = lambda fakes: fakes

    def factory(self, sound: Factory) -> Factory:
        """Return what makes fakes with the mistake in them."""
        return lambda clock, ids, policy: self.spoil(sound(clock, ids, policy))


@dataclass(frozen=True, slots=True)
class Found:
    """How a mistake came to light."""

    #: How many seeds it took, from 0 on.
    seeds: int
    invariant: int


#: Those that the simulation must find within 2,000 seeds.
PLANTED: Final = (
    Planted("delete-before-commit", working.delete_before_commit, {8}),
    Planted("skip-if-processing", working.skip_if_processing, {8}),
    Planted("no-outbox", submitting.no_outbox, {24}),
    Planted("send-before-commit", submitting.send_before_commit, {14}),
    Planted("ignoring-failed", relaying.ignoring_failed, {14}),
    Planted("ignoring-unprocessed-items", relaying.ignoring_unprocessed, {14}),
    Planted("no-heartbeat", working.no_heartbeat, {27}),
    Planted("endless-heartbeat", working.endless_heartbeat, {28}),
    Planted("commit-again-after-unknown", submitting.commit_again, {22}),
    Planted("strike-before-send", relaying.strike_before_send, {14}),
    Planted("dead-letters-ignored", relaying.dead_letters_ignored, {24, 25}),
    Planted("one-bad-body", working.one_bad_body, {22}),
    Planted("early-clock", working.early_clock, {10}),
    Planted("bad-company", working.bad_company, {13}),
    Planted("except-delete", working.except_delete, {8}),
    Planted("audit-before-commit", working.audit_before_commit, {15}),
    Planted("no-fence", working.no_fence, {3, 7, 10, 22}),
    Planted("given-back-hidden", working.given_back_hidden, {26}),
    Planted("never-stopped", working.never_stopped, {26}),
    Planted("poison-spreads", working.poison_spreads, {27}),
    Planted("one-fate", working.one_fate, {8}),
    Planted("trusted-key", working.trusted_key, {21}),
    Planted("send-inside-transaction", submitting.send_inside, {9}),
    Planted("mixed-up-texts", working.mixed_up, {6}),
    Planted("deletion-keeps-orders", nullcontext, {20}, spoil=submitting.deletion_keeps_orders),
    Planted("untold-cancellation", nullcontext, {15}, spoil=telling.untold("job.cancelled")),
    Planted("untold-expiry", nullcontext, {15}, spoil=telling.untold("job.expired")),
    Planted("untold-retry", nullcontext, {15}, spoil=telling.untold("job.retried")),
    Planted("untold-renaming", nullcontext, {15}, spoil=telling.untold("job.renamed")),
)


def find(name: str, factory: Factory, limit: int) -> Found | None:
    """Return how a mistake comes to light among so many seeds, or None."""
    (planted,) = (planted for planted in PLANTED if planted.name == name)
    with planted.install(), uncollected():
        for seed in range(limit):
            violation = run_seed(seed, planted.factory(factory)).violation
            if violation is not None:
                return Found(seed + 1, violation.number)
    return None
