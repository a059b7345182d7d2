"""Settings that would be of no use, or worse: one line, before anything starts."""

import pytest

from entrypoints.settings import SettingsError, read_settings


@pytest.mark.parametrize(
    "hosts", ["http://x/", "x:8000", "x/y", "a b", "*.example", "x.example,https://y", "[::1]:80", "-x", "x?"]
)
def test_a_host_is_a_name_and_nothing_else(hosts: str) -> None:
    with pytest.raises(SettingsError, match="OCR_ALLOWED_HOSTS must be host names"):
        read_settings({"OCR_ALLOWED_HOSTS": hosts})


def test_names_and_addresses_of_hosts_are_kept() -> None:
    given = "OCR.example, x, 10.0.0.1,fe80::1,a_b-c.d"
    assert read_settings({"OCR_ALLOWED_HOSTS": given}).allowed_hosts == (
        *("ocr.example", "x", "10.0.0.1", "fe80::1", "a_b-c.d"),
    )


def test_no_message_is_hidden_for_more_than_twelve_hours() -> None:
    assert read_settings({"OCR_VISIBILITY_TIMEOUT": "12h"}).visibility_timeout.total_seconds() == 43_200
    with pytest.raises(SettingsError, match="OCR_VISIBILITY_TIMEOUT must be a duration of at most 12h, not '13h'"):
        read_settings({"OCR_VISIBILITY_TIMEOUT": "13h"})


def test_no_job_takes_as_long_as_a_message_is_kept_on_aws() -> None:
    assert read_settings({"OCR_BACKEND": "aws", "OCR_JOB_TTL": "13d"}).job_ttl.days == 13
    assert read_settings({"OCR_JOB_TTL": "15d"}).job_ttl.days == 15
    with pytest.raises(SettingsError, match="OCR_JOB_TTL may be at most 13d on AWS"):
        read_settings({"OCR_BACKEND": "aws", "OCR_JOB_TTL": "14d"})


def test_a_bucket_that_is_named_as_the_default_is_named() -> None:
    assert (read_settings({}).s3_bucket, read_settings({}).bucket) == ("", "ocr-jobs-bucket")
    named = read_settings({"OCR_S3_BUCKET": "ocr-jobs-bucket"})
    assert named.s3_bucket == named.bucket == "ocr-jobs-bucket"
