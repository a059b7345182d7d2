"""Which parts the settings choose, and what each part asks for."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from entrypoints.backends import aws_parts
from entrypoints.backends.parts import init, open_backend
from entrypoints.bootstrap import open_examined
from entrypoints.cli.doctor_remedies import remedy
from entrypoints.settings import Settings, SettingsError, names_aws_endpoint, read_settings
from ocrcore import Finding, FindingKind

_REMOTE = "mysql+pymysql://ocr:hunter2@127.0.0.1:1/ocr"


def of(**variables: str) -> Settings:
    return read_settings({f"OCR_{name.upper()}": text for name, text in variables.items()})


@pytest.fixture
def nothing_of_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS", "AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_a_backend_is_a_choice_of_parts_and_a_setting_of_its_own_wins() -> None:
    assert of().parts == {"documents": "folder", "queue": "sql", "audit": "sql"}
    assert of(backend="aws").parts == {"documents": "s3", "queue": "sqs", "audit": "dynamodb"}
    assert of(backend="aws", queue="sql").parts == {"documents": "s3", "queue": "sql", "audit": "dynamodb"}
    assert of(documents="s3").aws_parts == {"documents"}
    assert of().aws_parts == of(backend="aws", documents="folder", queue="sql", audit="sql").aws_parts == frozenset()


def test_what_the_doctor_tells_of_a_backend_is_looked_for_when_it_asks() -> None:
    """On AWS it takes several calls, and ``ocrcore keys`` opens the backend in the same way."""
    with tempfile.TemporaryDirectory() as private:  # in a folder that others may pass through, unlike those of pytest
        data = Path(private, "data")
        settings = Settings(data_dir=data)
        init(settings)
        with open_examined(settings) as opened:
            assert opened.findings() == []
            for path in (Path(private), data, data / "ocr.sqlite3"):
                path.chmod(0o755)
            assert [one.kind for one in opened.findings()] == [FindingKind.READABLE_DATA]


def test_how_long_a_receive_waits_is_the_queues_affair() -> None:
    assert of(queue="sqs").poll == of(backend="aws").poll > of(backend="aws", queue="sql").poll == of().poll


@pytest.mark.parametrize("variable", ["OCR_DOCUMENTS", "OCR_QUEUE", "OCR_AUDIT"])
@pytest.mark.parametrize("name", ["S3", "../x", "a b", "x" * 33])
def test_what_cannot_be_the_name_of_a_part_is_refused(variable: str, name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable} must be [^\n]*\\.$"):
        read_settings({variable: name})


@pytest.mark.usefixtures("nothing_of_aws")
def test_a_region_is_asked_for_by_the_part_that_needs_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"AWS_REGION must be set for OCR_AUDIT=dynamodb and OCR_DOCUMENTS=s3, as"):
        init(of(data_dir=str(tmp_path / "data"), documents="s3", audit="dynamodb"))
    assert init(of(data_dir=str(tmp_path / "data"))) == f"the data folder {tmp_path}/data"


@pytest.mark.usefixtures("nothing_of_aws")
def test_a_bucket_is_asked_for_only_where_documents_are_in_s3() -> None:
    settings = Settings(backend="aws", database_url=_REMOTE, aws_region="eu-central-1")
    with pytest.raises(SettingsError, match="OCR_S3_BUCKET must be set on AWS"):
        init(settings)
    elsewhere = Settings(
        backend="aws", database_url="sqlite:///x", aws_region="eu-central-1", documents="folder", queue="sql"
    )
    with pytest.raises(SettingsError, match="needs a MySQL server"):
        init(elsewhere)


def test_the_folder_of_documents_may_be_elsewhere(tmp_path: Path) -> None:
    settings = of(data_dir=str(tmp_path / "data"), documents_dir=str(tmp_path / "share"))
    with open_backend(settings) as backend:
        backend.documents.check()
    assert not (tmp_path / "data" / "documents").exists()
    stray = remedy(settings, Finding(FindingKind.STRAY_DOCUMENT, "", key="jobs/1/a"))
    assert stray == f"rm -- {tmp_path}/share/jobs/1/a"


def test_documents_of_a_database_without_the_folder_have_their_own_commands() -> None:
    mixed = Settings(documents="s3", s3_bucket="scans", database_url=_REMOTE)
    assert remedy(mixed, Finding(FindingKind.STRAY_DOCUMENT, "", key="jobs/1/a")) == "aws s3 rm s3://scans/jobs/1/a"
    assert remedy(mixed, Finding(FindingKind.UNKNOWN_DEAD_LETTER, "")) is None
    queued = Settings(queue="sqs", sqs_dlq="dead")
    assert "--queue-name dead " in (remedy(queued, Finding(FindingKind.UNKNOWN_DEAD_LETTER, "")) or "")


@pytest.mark.parametrize(
    ("variables", "is_named"),
    [
        ({}, False),
        ({"AWS_ENDPOINT_URL": ""}, False),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, True),
        ({"AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:1"}, True),
    ],
)
def test_any_variable_of_an_endpoint_counts(variables: dict[str, str], is_named: bool) -> None:  # noqa: FBT001
    assert names_aws_endpoint(variables) is is_named


@pytest.mark.usefixtures("nothing_of_aws")
@pytest.mark.parametrize(
    ("variables", "settings", "owner"),
    [
        ({}, Settings(documents="s3", s3_bucket="scans"), "123456789012"),
        ({}, Settings(documents="s3", s3_bucket="scans", s3_bucket_owner="210987654321"), "210987654321"),
        ({"AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:1"}, Settings(documents="s3", s3_bucket="scans"), None),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, Settings(documents="s3"), None),
        ({}, Settings(audit="dynamodb"), None),
    ],
)
def test_whose_the_bucket_is_is_asked_only_on_aws_itself(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], settings: Settings, owner: str | None
) -> None:
    for name, text in {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1", **variables}.items():
        monkeypatch.setenv(name, text)
    monkeypatch.setattr(aws_parts, "account_of", lambda _: "123456789012")
    with aws_parts.open_aws_parts(settings) as opened:
        assert opened.plan.bucket_owner == owner


def test_with_nothing_of_aws_its_packages_are_not_imported(tmp_path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from entrypoints.backends.parts import init
from entrypoints.settings import Settings
init(Settings(data_dir=Path({str(tmp_path)!r})))
print("boto3" in sys.modules, "adapters.aws" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert done.stdout.split() == ["False", "False"]
