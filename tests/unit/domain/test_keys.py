import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.keys import MAX_KEY_BYTES, MAX_PART_BYTES, check_key, document_key, job_folder, layout_key
from ocrcore.testing.documents import BAD_KEYS, ODD_KEYS
from unit.domain.examples import ITEM_ID, JOB_ID

LONGEST = "/".join(["a" * 127] * 8) + "a"


@pytest.mark.parametrize("key", [*ODD_KEYS, "jobs/1/a.jpg", "a" * MAX_PART_BYTES, LONGEST])
def test_a_relative_path_is_a_key(key: str) -> None:
    check_key(key)


@pytest.mark.parametrize("key", [*BAD_KEYS, "a" * (MAX_PART_BYTES + 1), LONGEST + "a"])
def test_anything_else_is_none(key: str) -> None:
    with pytest.raises(ValueError, match=r"^a key is a/b/c\.ext: relative, without empty, \. or \.\. parts$"):
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


def test_the_documents_of_a_job_have_keys_in_its_folder() -> None:
    assert job_folder(JOB_ID) == f"jobs/{JOB_ID}/"
    assert document_key(JOB_ID, ITEM_ID, "png") == f"jobs/{JOB_ID}/{ITEM_ID}.png"
    assert layout_key(JOB_ID, ITEM_ID, 2) == f"jobs/{JOB_ID}/{ITEM_ID}.2.layout.json.gz"
