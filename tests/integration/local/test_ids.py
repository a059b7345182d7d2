import time

import pytest

from adapters.local.ids import Uuid7Ids
from ocrcore.testing.ids import IdsContract


class TestUuid7Ids(IdsContract):
    @pytest.fixture
    def ids(self) -> Uuid7Ids:
        return Uuid7Ids()


def test_an_id_begins_with_the_milliseconds_of_its_making() -> None:
    milliseconds = Uuid7Ids().new().int >> 80
    assert milliseconds == pytest.approx(time.time() * 1000, abs=5_000)
