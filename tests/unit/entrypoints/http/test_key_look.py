"""How soon a key that was revoked opens nothing more."""

import pytest

from entrypoints.http import event_streams, key_look, spooled, watcher
from entrypoints.http.key_look import KEY_LOOK
from ocrcore.application.verdicts import VERDICT_LIFE

#: Seconds within which a revoked key ends in every process, as docs/security.md promises.
PROMISED = 5.0


def test_a_key_that_was_revoked_ends_within_five_seconds_for_what_is_held_too() -> None:
    """A look may rely on what was found a moment before, so the two add up."""
    assert KEY_LOOK + VERDICT_LIFE.total_seconds() <= PROMISED


@pytest.mark.parametrize("module", [key_look, spooled, watcher, event_streams])
def test_whatever_is_held_looks_as_often(module: object) -> None:
    assert getattr(module, "KEY_LOOK") is KEY_LOOK  # noqa: B009 - modules have no type for it
