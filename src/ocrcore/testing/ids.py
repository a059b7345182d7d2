"""The contract of ``Ids``."""

from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from uuid import RFC_4122, UUID

import pytest

from ocrcore.ports.ids import Ids


class IdsContract:
    """The contract of ``Ids``. Override the fixture ``ids``."""

    @pytest.fixture
    def ids(self) -> Ids:
        """Return the source under test."""
        raise NotImplementedError

    def test_an_id_is_a_uuid_of_version_7(self, ids: Ids) -> None:
        new = ids.new()
        assert type(new) is UUID
        assert (new.version, new.variant) == (7, RFC_4122)

    def test_later_ids_sort_after_earlier_ones(self, ids: Ids) -> None:
        made = [ids.new() for _ in range(10_000)]
        assert made == sorted(made)

    def test_they_sort_as_text_too(self, ids: Ids) -> None:
        made = [str(ids.new()) for _ in range(10_000)]
        assert made == sorted(made)

    def test_no_id_comes_twice_whoever_asks(self, ids: Ids) -> None:
        with ThreadPoolExecutor(8) as threads:
            made = list(chain(*threads.map(lambda _: [ids.new() for _ in range(2_000)], range(8))))
        assert len(set(made)) == 16_000

    def test_no_secret_comes_twice_and_each_is_as_long_as_asked(self, ids: Ids) -> None:
        with ThreadPoolExecutor(8) as threads:
            made = list(chain(*threads.map(lambda _: [ids.secret(16) for _ in range(500)], range(8))))
        assert len(set(made)) == 4_000
        assert {len(secret) for secret in made} == {16}
        assert len(ids.secret(1)) == 1

    def test_each_thread_sees_its_own_in_order(self, ids: Ids) -> None:
        with ThreadPoolExecutor(4) as threads:
            for made in threads.map(lambda _: [ids.new() for _ in range(2_000)], range(4)):
                assert made == sorted(made)
