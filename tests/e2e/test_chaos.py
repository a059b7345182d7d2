from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.deployment import deployment
from chaos.rig import Rig


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory, tesseract: str) -> Iterator[Rig]:
    assert tesseract
    with deployment(tmp_path_factory.mktemp("chaos")) as hurt:
        yield Rig(hurt)


def test_nothing_is_lost_stuck_or_left_behind_in_a_round_of_mischief(rig: Rig) -> None:
    report = rig.mischief(seed=1, seconds=6)
    assert report.wrong == []
    assert report.pages
    assert report.notices


@pytest.mark.long
def test_nothing_is_lost_on_a_database_and_a_shared_folder(tmp_path: Path, tesseract: str) -> None:
    assert tesseract
    with deployment(tmp_path / "chaos", "folder") as hurt:
        report = Rig(hurt).mischief(seed=3, seconds=6)
    assert report.wrong == []
    assert report.pages


@pytest.mark.long
def test_what_a_stopped_worker_held_is_there_for_others_at_once(rig: Rig) -> None:
    report = rig.stop(seed=2)
    assert report.wrong == []
