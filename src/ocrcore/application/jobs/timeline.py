"""Timeline: read the audit log of a job."""

from collections.abc import Sequence
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.jobs.read import get_job
from ocrcore.application.upkeep.relay_audit import relay_audit_of
from ocrcore.domain.audit import AuditEntry
from ocrcore.ports.audit import AuditCursor


def read_timeline(
    context: Context, owner: str, job_id: UUID, after: AuditCursor | None, limit: int
) -> Sequence[AuditEntry]:
    """Return a job's entries after the cursor, in order. Raises ``JobNotFound``.

    The timeline includes every committed change, because the job's rows of the audit outbox are relayed first.
    """
    get_job(context, owner, job_id)
    relay_audit_of(context, job_id)
    return context.audit.timeline(job_id, after, limit)
