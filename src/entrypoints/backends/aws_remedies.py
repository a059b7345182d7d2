"""The commands that the doctor suggests on AWS."""

import shlex

from entrypoints.backends.backend import Remedies
from entrypoints.backends.databases import forget_rejected
from entrypoints.settings import Settings
from ocrcore import Finding, FindingKind


def remedies(settings: Settings) -> Remedies:
    """Return the commands for a bucket, queues and a database server."""

    def remove_documents(finding: Finding) -> str:
        key = finding.key or ""
        recursive = " --recursive" if key.endswith("/") else ""
        return f"aws s3 rm {shlex.quote(f's3://{settings.bucket}/{key}')}{recursive}"

    def purge_dead_letters(_: Finding) -> str:
        """Purge the whole queue, because SQS cannot delete a message by its id."""
        url = f"aws sqs get-queue-url --queue-name {shlex.quote(settings.sqs_dlq)} --query QueueUrl --output text"
        return f'aws sqs purge-queue --queue-url "$({url})"'

    return {
        FindingKind.STRAY_JOB: remove_documents,
        FindingKind.STRAY_DOCUMENT: remove_documents,
        FindingKind.UNKNOWN_DEAD_LETTER: purge_dead_letters,
        FindingKind.REJECTED_MESSAGES: lambda _: forget_rejected(settings.database_url),
    }
