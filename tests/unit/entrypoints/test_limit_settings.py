import pytest

from entrypoints.cli.doctor_findings import narrow_limits, untrusted_proxy
from entrypoints.settings import SettingsError, read_settings
from ocrcore import FindingKind


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


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ({}, []),
        ({"OCR_LIMIT_BYTES": "200000000", "OCR_LIMIT_OPEN_ITEMS": "5000"}, []),
        ({"OCR_LIMIT_BYTES": "5"}, ["OCR_LIMIT_BYTES is 5, and OCR_MAX_FILE_BYTES allows a file of 200000000"]),
        (
            {"OCR_LIMIT_OPEN_ITEMS": "9", "OCR_MAX_PAGES": "10"},
            ["OCR_LIMIT_OPEN_ITEMS is 9, and OCR_MAX_PAGES allows a file of 10"],
        ),
    ],
)
def test_the_doctor_tells_of_a_quota_that_one_file_could_not_fit_into(given: dict[str, str], seen: list[str]) -> None:
    findings = list(narrow_limits(read_settings(given)))
    assert [finding.seen for finding in findings] == seen
    assert {finding.kind for finding in findings} <= {FindingKind.NARROW_LIMIT}


@pytest.mark.parametrize(
    ("url", "proxies", "number"),
    [("https://a.org", "", 1), ("https://a.org", "127.0.0.1", 0), ("http://a.org", "", 0), ("", "", 0)],
)
def test_the_doctor_tells_of_a_public_address_with_tls_that_no_proxy_ends(url: str, proxies: str, number: int) -> None:
    found = list(untrusted_proxy(read_settings({"OCR_PUBLIC_URL": url, "OCR_TRUSTED_PROXIES": proxies})))
    assert [finding.kind for finding in found] == [FindingKind.UNTRUSTED_PROXY] * number
    assert not any(finding.is_left for finding in found)
