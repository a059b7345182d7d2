"""What of the environment keeps the AWS backend from being opened: one line each, before anybody is asked."""

from dataclasses import replace
from pathlib import Path

import pytest

from entrypoints.backends.parts import init
from entrypoints.library import open_aws
from entrypoints.settings import Settings, SettingsError

_SETTINGS = Settings(
    backend="aws", database_url="mysql+pymysql://ocr:hunter2@127.0.0.1:1/ocr", aws_region="eu-central-1"
)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS", "AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def _refusal(settings: Settings) -> str:
    with pytest.raises(SettingsError) as refused:
        init(settings)
    assert "hunter2" not in str(refused.value)
    return str(refused.value)


def test_a_region_must_be_named() -> None:
    assert _refusal(replace(_SETTINGS, aws_region=None)).startswith("AWS_REGION must be set")


def test_a_region_must_be_one() -> None:
    assert _refusal(replace(_SETTINGS, aws_region="eu central")).startswith("AWS_REGION must be the name of a region")


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"])
def test_an_endpoint_must_be_a_url(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "nonsense")
    assert _refusal(_SETTINGS).startswith("AWS_ENDPOINT_URL must be a URL")


def test_a_profile_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "AWS_PROFILE" in _refusal(_SETTINGS)


def test_a_bucket_must_be_named_on_aws() -> None:
    assert _refusal(_SETTINGS).startswith("OCR_S3_BUCKET must be set on AWS")


def test_a_bucket_that_is_named_as_the_default_is_one() -> None:
    settings = replace(
        _SETTINGS, s3_bucket="ocr-jobs-bucket", s3_bucket_owner="123456789012", database_url="sqlite:///x"
    )
    assert "needs a MySQL server" in _refusal(settings)


def test_a_file_is_no_database_for_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert "needs a MySQL server" in _refusal(replace(_SETTINGS, database_url="sqlite:///x"))


def test_a_program_of_ones_own_is_held_to_what_aws_takes() -> None:
    with pytest.raises(SettingsError, match="OCR_JOB_TTL may be at most 13d"), open_aws(job_ttl="14d"):
        pass
