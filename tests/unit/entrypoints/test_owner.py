"""Whose jobs are served: every verb of a client belongs to an owner."""

import inspect
from pathlib import Path

from ocrcore import OcrService, OwnerJobs

ENTRYPOINTS = Path(__file__).parents[3] / "src/entrypoints"
VERBS = ("submit", "submit_once", "get", "list", "items", "item", "result", "item_result", "item_image", "timeline")
COMMANDS = ("rename", "cancel", "retry", "delete")


def test_the_local_owner_is_named_by_the_library_and_by_http_without_keys_alone() -> None:
    naming = [path for path in ENTRYPOINTS.rglob("*.py") if "LOCAL_OWNER" in path.read_text()]
    assert sorted(path.relative_to(ENTRYPOINTS).as_posix() for path in naming) == [
        "http/access.py",
        "library/owner.py",
    ]


def test_no_verb_of_a_client_is_had_without_an_owner() -> None:
    assert not {*VERBS, *COMMANDS} & {name for name, _ in inspect.getmembers(OcrService)}
    assert {*VERBS, *COMMANDS} <= {name for name, _ in inspect.getmembers(OwnerJobs)}


def test_no_verb_takes_an_owner_beside_its_own() -> None:
    for verb in (*VERBS, *COMMANDS):
        assert "owner" not in inspect.signature(getattr(OwnerJobs, verb)).parameters
