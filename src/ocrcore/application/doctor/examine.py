"""Examine: database, documents, queue, dead letters and audit log, each against the others.

It may run while the service does: what is at work is no finding, for every suspicion is looked at again, under the
lock of its job or in the order in which the service writes, and what is young is left alone. It changes nothing unless
it may repair, and then only what the database itself knows to be right.
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
from ocrcore.application.doctor.upkeep import examine_upkeep
from ocrcore.application.probes import check_services
from ocrcore.domain.errors import AuditUnavailable, QueueUnavailable, StorageUnavailable
from ocrcore.domain.finding import Finding, FindingKind
from ocrcore.ports.clock import Clock

#: Timelines that are read unless all are to be: about as many.
_SAMPLE: Final = 1000


def examine(
    context: Context,
    *,
    repair: bool = False,
    every_timeline: bool = False,
    machine: Clock | None = None,
    watch: Watch = unwatched,
) -> Iterator[Finding]:
    """Yield what disagrees, as it is found; memory does not grow with what there is.

    Timelines are read of a sample of jobs, the same ones every time, unless ``every_timeline`` is asked for.
    ``machine`` is a clock to compare with the service's. Raises ``DatabaseUnavailable`` when the database goes away
    meanwhile; a service that goes away is a finding, and ends what needs it.
    """
    away = {name for name, answers in check_services(context).items() if not answers}
    yield from (_away(name) for name in sorted(away))
    if "database" in away:
        return
    # The counts come first: what upkeep would do to a job whose row makes no sense fails.
    yield from examine_counts(context, watch, repair=repair)
    yield from examine_upkeep(context, repair=repair)
    if "documents" not in away:
        yield from _until_away("documents", examine_documents(context, watch))
    stride = 0 if "audit" in away else 1 if every_timeline else _stride(context)
    yield from _until_away("audit", examine_items(context, watch, stride=stride))
    yield from examine_visibility(context)
    yield from _until_away("dead letters", examine_dead_letters(context))
    yield from examine_rejected(context)
    yield from examine_fleet(context)
    if machine is not None:
        yield from examine_clock(context, machine)


def _stride(context: Context) -> int:
    jobs = sum(context.workers.totals().jobs.values())
    return max(1, math.ceil(jobs / _SAMPLE))


def _until_away(name: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    try:
        yield from findings
    except (StorageUnavailable, QueueUnavailable, AuditUnavailable) as error:
        yield _away(name, str(error))


def _away(name: str, why: str = "") -> Finding:
    return Finding(FindingKind.SERVICE_AWAY, f"{name}: {why or 'it does not answer'}")
