"""The doctor: checks database, documents, queue, dead letters and audit log against each other.

It may run while the service runs. To avoid findings about work in progress, it checks every suspicion a second time,
under the lock of the job or in the order in which the service writes, and ignores recent rows. It changes nothing
unless repairs are allowed, and then only state that the database determines.
"""

import math
from collections.abc import Iterator
from typing import Final

from ocrcore.application.context import Context
from ocrcore.application.doctor.counts import examine_counts
from ocrcore.application.doctor.documents import examine_documents
from ocrcore.application.doctor.fleet import examine_clock, examine_fleet
from ocrcore.application.doctor.items import examine_items
from ocrcore.application.doctor.progress import Watch, unwatched
from ocrcore.application.doctor.queue import examine_dead_letters, examine_rejected, examine_visibility
from ocrcore.application.doctor.restored import give_time_anew
from ocrcore.application.doctor.search import examine_search
from ocrcore.application.doctor.upkeep import examine_upkeep
from ocrcore.application.doctor.uploads import examine_uploads
from ocrcore.application.doctor.webhooks import examine_webhooks
from ocrcore.application.probes import check_services
from ocrcore.domain.codes import ProblemCode
from ocrcore.domain.errors import AuditUnavailable, QueueUnavailable, StorageUnavailable
from ocrcore.domain.finding import Finding, FindingKind
from ocrcore.ports.clock import Clock

#: Approximate number of timelines in a sample.
_SAMPLE: Final = 1000


def examine(
    context: Context,
    *,
    repair: bool = False,
    restored: bool = False,
    every_timeline: bool = False,
    machine: Clock | None = None,
    watch: Watch = unwatched,
) -> Iterator[Finding]:
    """Yield findings as they are found, in constant memory.

    The timelines of a sample of jobs are read, the same jobs every time, or those of all jobs if ``every_timeline``.
    ``restored`` says that the database was put back from a copy: a repair gives its open jobs and drafts their whole
    time again, before upkeep sees them. ``machine`` is a clock to compare with the service's.

    Raises ``DatabaseUnavailable`` if the database becomes unavailable meanwhile. Any other service that becomes
    unavailable is a finding, and ends the checks that need it.
    """
    unavailable = {name: code for name, code in check_services(context).items() if code is not None}
    for name, code in sorted(unavailable.items()):
        yield _unavailable(name, "its disk is full" if code is ProblemCode.STORAGE_FULL else "")
    if unavailable.get("database", ProblemCode.STORAGE_FULL) is not ProblemCode.STORAGE_FULL:
        return  # one on a full disk can be read
    # Counts come first: upkeep fails on a job whose row contradicts itself.
    yield from examine_counts(context, watch, repair=repair)
    if restored and repair:
        yield from give_time_anew(context)
    yield from examine_upkeep(context, repair=repair)
    yield from examine_search(context, watch, repair=repair)
    if "documents" not in unavailable:
        yield from _until_unavailable("documents", examine_documents(context, watch))
        yield from _until_unavailable("documents", examine_uploads(context))
    stride = 0 if "audit" in unavailable else 1 if every_timeline else _stride(context)
    yield from _until_unavailable("audit", examine_items(context, watch, stride=stride))
    yield from examine_visibility(context)
    yield from _until_unavailable("dead letters", examine_dead_letters(context))
    yield from examine_rejected(context)
    yield from examine_fleet(context)
    yield from examine_webhooks(context)
    if machine is not None:
        yield from examine_clock(context, machine)


def _stride(context: Context) -> int:
    jobs = sum(context.workers.totals().jobs.values())
    return max(1, math.ceil(jobs / _SAMPLE))


def _until_unavailable(name: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    try:
        yield from findings
    except (StorageUnavailable, QueueUnavailable, AuditUnavailable) as error:
        yield _unavailable(name, str(error))


def _unavailable(name: str, why: str = "") -> Finding:
    return Finding(FindingKind.SERVICE_AWAY, f"{name}: {why or 'it does not answer'}")
