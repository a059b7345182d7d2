from dataclasses import replace

import pytest

from ocrcore.domain.api_key import Scope
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import InsufficientScope

ANA = Caller("ana", "Aa000001")


def test_an_administrator_acts_for_another_owner_in_its_own_name() -> None:
    for_bob = ANA.acting_for("bob")
    assert (for_bob.owner, for_bob.actor) == ("bob", "key:Aa000001")
    assert replace(ANA, key_id=None).acting_for("bob").actor == "ana"


def test_others_act_for_themselves_only() -> None:
    writer = replace(ANA, scopes=frozenset({Scope.READ, Scope.WRITE}))
    assert writer.acting_for("ana") is writer
    with pytest.raises(InsufficientScope):
        writer.acting_for("bob")
