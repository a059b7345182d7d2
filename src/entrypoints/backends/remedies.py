"""The commands that the doctor suggests, each for the part that a finding is about."""

import shlex
from functools import partial

from adapters.sql.dialects.sqlite import file_url
from entrypoints.backends.backend import Remedies
from entrypoints.backends.data_folder import database_file, documents_folder
from entrypoints.backends.databases import forget_rejected
from entrypoints.settings import Settings
from ocrcore import Finding, FindingKind


def remedies(settings: Settings) -> Remedies:
    """Return the commands for the database, the documents and the queue; a part of another distribution has none."""
    url = settings.database_url or file_url(database_file(settings).absolute())
    found: dict[FindingKind, partial[str]] = {
        FindingKind.REJECTED_MESSAGES: partial(_forget, url),
        FindingKind.READABLE_DATA: partial(_make_private, settings),
    }
    match settings.parts["documents"]:
        case "folder":
            remove = partial(_remove_files, settings)
            found |= {FindingKind.STRAY_JOB: remove, FindingKind.STRAY_DOCUMENT: remove}
        case "s3":
            remove = partial(_remove_objects, settings)
            found |= {FindingKind.STRAY_JOB: remove, FindingKind.STRAY_DOCUMENT: remove}
    if settings.parts["queue"] == "sqs":
        found[FindingKind.UNKNOWN_DEAD_LETTER] = partial(_purge_dead_letters, settings)
    return found


def _forget(url: str, _: Finding) -> str:
    return forget_rejected(url)


def _remove_files(settings: Settings, finding: Finding) -> str:
    key = finding.key or ""
    recursive = "-r " if key.endswith("/") else ""
    return f"rm {recursive}-- {shlex.quote(str(documents_folder(settings).absolute() / key))}"


def _make_private(settings: Settings, _: Finding) -> str:
    folders = [settings.data_dir, *([settings.documents_dir] if settings.documents_dir else ())]
    return f"chmod -R o= -- {shlex.join(str(folder.absolute()) for folder in folders)}"


def _remove_objects(settings: Settings, finding: Finding) -> str:
    key = finding.key or ""
    recursive = " --recursive" if key.endswith("/") else ""
    return f"aws s3 rm {shlex.quote(f's3://{settings.bucket}/{key}')}{recursive}"


def _purge_dead_letters(settings: Settings, _: Finding) -> str:
    """Purge the whole queue, because SQS cannot delete a message by its id."""
    url = f"aws sqs get-queue-url --queue-name {shlex.quote(settings.sqs_dlq)} --query QueueUrl --output text"
    return f'aws sqs purge-queue --queue-url "$({url})"'
