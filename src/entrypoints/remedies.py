"""The command for what an examination found: printed for the operator, never run."""

import shlex
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote, urlsplit

from entrypoints.settings import Settings
from ocrcore import Cure, Finding, FindingKind

_FORGET_REJECTED: Final = "DELETE FROM rejected_messages"


def remedy(settings: Settings, finding: Finding) -> str | None:
    """Return one line for a shell, or None where there is none, or nothing is left to do."""
    if finding.repaired:
        return None
    if finding.meaning.cure is Cure.REPAIR:
        return "ocrcore doctor --repair"
    make = _REMEDIES.get(finding.kind)
    command = None if make is None else make(settings, finding)
    return command if command is None or command.isprintable() else None  # it would not be what it looks like


def _remove_documents(settings: Settings, finding: Finding) -> str:
    key = finding.key or ""
    if settings.backend == "aws":
        every = " --recursive" if key.endswith("/") else ""
        return f"aws s3 rm {shlex.quote(f's3://{settings.bucket}/{key}')}{every}"
    from entrypoints.backends.local import documents_folder  # noqa: PLC0415 - for those who use it

    every = "-r " if key.endswith("/") else ""
    return f"rm {every}-- {shlex.quote(str(documents_folder(settings).absolute() / key))}"


def _purge_dead_letters(settings: Settings, _: Finding) -> str:
    """All of them: a message cannot be deleted by its id."""
    url = f"aws sqs get-queue-url --queue-name {shlex.quote(settings.sqs_dlq)} --query QueueUrl --output text"
    return f'aws sqs purge-queue --queue-url "$({url})"'


def _forget_rejected(settings: Settings, _: Finding) -> str:
    url = urlsplit(settings.database_url)
    if not url.scheme or url.scheme.startswith("sqlite"):
        from entrypoints.backends.local import database_file  # noqa: PLC0415

        path = unquote(url.path).removeprefix("/") if url.scheme else str(database_file(settings).absolute())
        return f"sqlite3 {shlex.quote(path)} {shlex.quote(_FORGET_REJECTED)}"
    server = f"-h {shlex.quote(url.hostname or 'localhost')} -P {url.port or 3306}"
    account = f"-u {shlex.quote(unquote(url.username or ''))} -p {shlex.quote(url.path.lstrip('/'))}"
    return f"mysql {server} {account} -e {shlex.quote(_FORGET_REJECTED)}"


#: What is not here needs a person, not a command.
_REMEDIES: Final[Mapping[FindingKind, Callable[[Settings, Finding], str]]] = MappingProxyType(
    {
        FindingKind.OLD_SCHEMA: lambda _, __: "ocrcore init",
        FindingKind.UNFIT_PART: lambda _, __: "ocrcore init",
        FindingKind.MISSING_ITEMS: lambda _, finding: f"ocrcore jobs delete {finding.job_id}",
        FindingKind.CONTRADICTORY_ITEM: lambda _, finding: f"ocrcore jobs delete {finding.job_id}",
        FindingKind.MISSING_UPLOAD: lambda _, finding: f"ocrcore jobs delete {finding.job_id}",
        FindingKind.LEASELESS_ITEM: lambda _, finding: (
            f"ocrcore jobs cancel {finding.job_id} && ocrcore jobs retry {finding.job_id}"
        ),
        FindingKind.STRAY_JOB: _remove_documents,
        FindingKind.STRAY_DOCUMENT: _remove_documents,
        FindingKind.UNKNOWN_DEAD_LETTER: _purge_dead_letters,
        FindingKind.REJECTED_MESSAGES: _forget_rejected,
        FindingKind.NO_WORKER: lambda _, __: "ocrcore worker",
    }
)
