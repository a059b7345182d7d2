import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.keys import MAX_KEY_BYTES, MAX_PART_BYTES, check_key
from ocrcore.testing.documents import BAD_KEYS, ODD_KEYS

LONGEST = "/".join(["a" * 127] * 8) + "a"


@pytest.mark.parametrize("key", [*ODD_KEYS, "jobs/1/a.jpg", "a" * MAX_PART_BYTES, LONGEST])
def test_a_relative_path_is_a_key(key: str) -> None:
    check_key(key)


@pytest.mark.parametrize("key", [*BAD_KEYS, "a" * (MAX_PART_BYTES + 1), LONGEST + "a"])
def test_anything_else_is_none(key: str) -> None:
    with pytest.raises(ValueError, match="a key is"):
        check_key(key)


@given(st.text(st.sampled_from("a./\\\x00\u20ac"), max_size=12))
def test_no_key_climbs(key: str) -> None:
    climbs = any(part in {"", ".", ".."} for part in key.split("/")) or "\x00" in key
    try:
        check_key(key)
    except ValueError:
        assert climbs
    else:
        assert not climbs


def test_the_longest_key_is_what_s3_takes() -> None:
    assert len(LONGEST) == MAX_KEY_BYTES == 1024
