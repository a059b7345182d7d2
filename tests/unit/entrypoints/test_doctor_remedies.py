"""The commands that an operator is shown."""

import shlex
from pathlib import Path

import pytest

from entrypoints.cli.doctor_remedies import remedy
from entrypoints.settings import Settings
from ocrcore import Cure, Finding, FindingKind
from ocrcore.domain.finding import MEANINGS
from ocrcore.testing.builders import an_id

LOCAL = Settings(data_dir=Path("/srv/my data"))
AWS = Settings(
    backend="aws", s3_bucket="scans", sqs_dlq="dead", database_url="mysql+pymysql://ocr:se%2Fcret@db.example:3307/jobs"
)


def shown(kind: FindingKind, settings: Settings = AWS, key: str | None = None) -> str | None:
    return remedy(settings, Finding(kind, "", job_id=an_id(1), key=key))


def test_documents_are_removed_by_their_key_in_the_folder() -> None:
    assert shown(FindingKind.STRAY_JOB, LOCAL, "jobs/1/") == "rm -r -- '/srv/my data/documents/jobs/1'"
    assert shown(FindingKind.STRAY_DOCUMENT, LOCAL, "jobs/1/a") == "rm -- '/srv/my data/documents/jobs/1/a'"


def test_documents_are_removed_by_their_key_in_the_bucket() -> None:
    assert shown(FindingKind.STRAY_JOB, key="jobs/1/") == "aws s3 rm s3://scans/jobs/1/ --recursive"
    assert shown(FindingKind.STRAY_DOCUMENT, key="jobs/1/a") == "aws s3 rm s3://scans/jobs/1/a"


@pytest.mark.parametrize("key", ["jobs/1/$(reboot)", "jobs/1/a b", "jobs/1/'; reboot #", "jobs/1/`x`"])
def test_a_key_is_one_word_whatever_it_holds(key: str) -> None:
    command = shown(FindingKind.STRAY_DOCUMENT, LOCAL, key)
    assert command is not None
    assert shlex.split(command) == ["rm", "--", f"/srv/my data/documents/{key}"]


def test_a_key_that_is_not_what_it_looks_like_gets_no_command() -> None:
    assert shown(FindingKind.STRAY_DOCUMENT, LOCAL, "jobs/1/a\N{RIGHT-TO-LEFT OVERRIDE}gpj") is None


def test_rejected_messages_are_forgotten_where_they_are() -> None:
    assert shown(FindingKind.REJECTED_MESSAGES, LOCAL) == (
        "sqlite3 '/srv/my data/ocr.sqlite3' 'DELETE FROM rejected_messages'"
    )
    elsewhere = Settings(database_url="sqlite:////var/ocr.db")
    assert shown(FindingKind.REJECTED_MESSAGES, elsewhere) == "sqlite3 /var/ocr.db 'DELETE FROM rejected_messages'"
    there = shown(FindingKind.REJECTED_MESSAGES)
    assert there == "mysql -h db.example -P 3307 -u ocr -p jobs -e 'DELETE FROM rejected_messages'"


def test_dead_letters_are_purged_by_the_name_of_their_queue() -> None:
    command = shown(FindingKind.UNKNOWN_DEAD_LETTER)
    assert command is not None
    assert command.startswith("aws sqs purge-queue")
    assert "--queue-name dead " in command


@pytest.mark.parametrize("kind", [kind for kind in FindingKind if MEANINGS[kind].cure is Cure.REPAIR])
def test_what_can_be_repaired_is_repaired_by_the_doctor(kind: FindingKind) -> None:
    assert shown(kind) == "ocrcore doctor --repair"


@pytest.mark.parametrize("kind", FindingKind)
def test_what_is_repaired_needs_nothing(kind: FindingKind) -> None:
    assert remedy(LOCAL, Finding(kind, "", key="jobs/1/", repaired=True)) is None
