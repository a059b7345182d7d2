import pytest

from adapters.engines.wall.build import is_whole
from adapters.engines.wall.probe import wall_of_this_machine
from entrypoints.cli.doctor_findings import weak_wall
from ocrcore import FindingKind

WHOLE = {"landlock": "version 7", "seccomp": "on", "capabilities": "none"}


def test_a_whole_wall_is_no_finding() -> None:
    assert list(weak_wall("best", WHOLE)) == []


@pytest.mark.parametrize(
    ("sandbox", "wall", "seen"),
    [
        ("off", WHOLE, "OCR_SANDBOX is off"),
        ("best", WHOLE | {"landlock": "not here"}, "landlock not here"),
        ("best", WHOLE | {"capabilities": "kept"}, "capabilities kept"),
        ("best", {}, "gives: none"),
    ],
)
def test_a_wall_that_is_missing_or_weak_is_told(sandbox: str, wall: dict[str, str], seen: str) -> None:
    (finding,) = weak_wall(sandbox, wall)
    assert finding.kind is FindingKind.WEAK_WALL
    assert seen in finding.seen
    assert not finding.is_left


def test_the_wall_of_this_machine_is_found_out_by_building_one() -> None:
    assert set(wall_of_this_machine()) == set(WHOLE)
    assert is_whole(WHOLE)
