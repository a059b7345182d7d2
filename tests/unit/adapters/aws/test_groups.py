import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.aws.groups import group_id

TAKEN = set(string.ascii_letters + string.digits + string.punctuation)


@pytest.mark.parametrize("group", ["local", "a" * 128, string.punctuation, "~"])
def test_a_plain_group_is_its_own_id(group: str) -> None:
    assert group_id(group) == group


@pytest.mark.parametrize("group", ["", "a b", "ana\n", "é", "\ud800", "a" * 129, "sha256:x", group_id("")])
def test_any_other_group_is_hashed(group: str) -> None:
    assert group_id(group) != group


@given(st.text())
def test_an_id_is_what_the_queue_takes(group: str) -> None:
    assert 1 <= len(group_id(group)) <= 128
    assert set(group_id(group)) <= TAKEN


@given(st.sets(st.text(), max_size=20))
def test_no_two_groups_share_an_id(groups: set[str]) -> None:
    groups |= {group_id(group) for group in groups}
    assert len({group_id(group) for group in groups}) == len(groups)
