import pytest

from ocrcore.application.upkeep import relay_outbox
from ocrcore.application.worker import worker
from ocrcore.testing.simulation.mutants import MUTANTS, Mutant, find
from simulated import memory_fakes

_LIMIT = 2000


@pytest.mark.parametrize("planted", MUTANTS, ids=lambda planted: planted.name)
def test_a_planted_bug_is_found(planted: Mutant) -> None:
    found = find(planted.name, memory_fakes, _LIMIT)
    assert found is not None
    assert found.invariant in planted.shows


def test_a_planted_bug_leaves_no_trace() -> None:
    originals = relay_outbox._send, worker.Worker.beat_once
    for planted in MUTANTS:
        with planted.install():
            pass
    assert (relay_outbox._send, worker.Worker.beat_once) == originals
