import pytest

from ocrcore.application.upkeep import relay_outbox
from ocrcore.application.worker import worker
from ocrcore.testing.simulation.mutants import MUTANTS, Mutant, find
from shown_by import SEEDS_PER_MUTANT, remembered
from simulated import fakes_for

_REMEMBERED = remembered()


@pytest.mark.parametrize("planted", MUTANTS, ids=lambda planted: planted.name)
def test_a_planted_bug_is_found(planted: Mutant) -> None:
    known = [_REMEMBERED[planted.name]] if planted.name in _REMEMBERED else []
    found = find(planted.name, fakes_for(planted), [*known, *range(SEEDS_PER_MUTANT)])
    assert found is not None
    assert found.invariant in planted.shows


def test_only_mutants_are_remembered_by_seeds_within_their_limit() -> None:
    assert _REMEMBERED.keys() <= {planted.name for planted in MUTANTS}
    assert all(0 <= seed < SEEDS_PER_MUTANT for seed in _REMEMBERED.values())


def test_a_planted_bug_leaves_no_trace() -> None:
    originals = relay_outbox._send, worker.Worker.beat_once
    for planted in MUTANTS:
        with planted.install():
            pass
    assert (relay_outbox._send, worker.Worker.beat_once) == originals
