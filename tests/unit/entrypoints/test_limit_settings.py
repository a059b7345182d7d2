import pytest

from entrypoints.settings import SettingsError, read_settings


@pytest.mark.parametrize(
    ("given", "limit"),
    [
        ({}, 0),
        ({"OCR_AUTH": "keys"}, 600),
        ({"OCR_LIMIT_REQUESTS": "5"}, 5),
        ({"OCR_AUTH": "keys", "OCR_LIMIT_REQUESTS": "0"}, 0),
    ],
)
def test_owners_with_keys_are_limited_and_the_local_user_only_if_that_is_set(given: dict[str, str], limit: int) -> None:
    assert read_settings(given).policy.limit_requests == limit


def test_a_limit_is_a_number() -> None:
    with pytest.raises(SettingsError, match="OCR_LIMIT_REQUESTS must be an integer of at least 0"):
        read_settings({"OCR_LIMIT_REQUESTS": "many"})
