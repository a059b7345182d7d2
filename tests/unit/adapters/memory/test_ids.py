import pytest

from adapters.memory.ids import MemoryIds
from ocrcore.testing.ids import IdsContract


class TestMemoryIds(IdsContract):
    @pytest.fixture
    def ids(self) -> MemoryIds:
        return MemoryIds()


class TestMemoryIdsWithTheLargestSeed(IdsContract):
    @pytest.fixture
    def ids(self) -> MemoryIds:
        return MemoryIds(seed=2**62 - 1)


def test_every_run_gives_the_same_ids() -> None:
    ids = MemoryIds(seed=5)
    assert str(ids.new()) == "018cc251-f400-7000-8000-000000000005"
    assert str(ids.new()) == "018cc251-f401-7000-8000-000000000005"


def test_two_seeds_never_clash() -> None:
    one, other = MemoryIds(seed=1), MemoryIds(seed=2)
    assert {one.new() for _ in range(100)}.isdisjoint({other.new() for _ in range(100)})


@pytest.mark.parametrize("seed", [-1, 2**62])
def test_a_seed_must_fit_its_field(seed: int) -> None:
    with pytest.raises(ValueError, match="62 bits"):
        MemoryIds(seed=seed)
