import time

import pytest

from adapters.local.ids import Uuid7Ids
from ocrcore.testing.ids import IdsContract


class TestUuid7Ids(IdsContract):
    @pytest.fixture
    def ids(self) -> Uuid7Ids:
        return Uuid7Ids()


def test_an_id_begins_with_the_milliseconds_of_its_making() -> None:
    before = time.time() * 1000
    milliseconds = Uuid7Ids().new().int >> 80
    assert before - 5_000 <= milliseconds <= time.time() * 1000 + 5_000
