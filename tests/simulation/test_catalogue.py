"""The catalogue of faults against the ports: a verb that asks something outside its process is in it, or here."""

import inspect
from collections.abc import Iterator
from typing import Any, Final, get_args, get_type_hints

from ocrcore.application.context import Context
from ocrcore.testing.simulation.catalogue import APPLICABLE, AWAY
from ocrcore.testing.simulation.owner_checker import NO_READS, READS
from ocrcore.testing.simulation.world import _DIRECT

#: Ports that have no other side: what they do is done in the process.
_IN_THE_PROCESS: Final = frozenset({"cipher", "ids", "imaging", "meter", "tracer"})
#: Ports of which no history has one, or which are asked in no step that histories make.
_NOT_SIMULATED: Final = frozenset({"fleet_monitor", "page_images", "pdf_writer", "row_scan", "tokens"})
#: Verbs that say something about the process's own adapter, without asking anybody.
_KNOWN: Final = frozenset(
    {
        *("engine.offers", "engine.default", "engine.choice", "engine.languages", "engine.version"),
        *("documents.bucket", "queue.visibility_timeout", "queue.takes_turns", "uploads.address", "uploads.admits"),
    }
)
#: Verbs of the doctor, of metrics and of readiness, and of clients that no history has.
_OF_OTHERS: Final = frozenset(
    {
        *("search.rows", "search.missing", "search.unlike", "search.discard", "search.backlog", "rejected.summary"),
        *("deliveries.figures", "deliveries.failing", "dead_letters.count", "due_work.drafts", "due_work.uploads"),
        *(
            "workers.report",
            "workers.forget",
            "workers.totals",
            "workers.being_read",
            "workers.read_by_minute",
            "jobs.open_deadlines",
            "jobs.unreviewed",
            "due_work.kept",
        ),
        *("api_keys.among", "sessions.closed_among"),
        *("api_keys.any_alive", "api_keys.history", "sessions.close", "sessions.is_closed", "uploads.store"),
        *("documents.check", "queue.check", "engine.check", "audit.check", "jobs.check"),
    }
)
#: Verbs that are another one of their port, which the catalogue has; or the first half of a step whose second half
#: (``audit.forget``) it has, in every round of upkeep: to stop there too would make histories a twentieth longer.
_SAME_AS: Final = frozenset({"documents.get", "api_keys.forget"})


def _verbs() -> Iterator[str]:
    for port, hint in get_type_hints(Context).items():
        kinds: list[Any] = [kind for kind in (hint, *get_args(hint)) if getattr(kind, "_is_protocol", False)]
        for kind in kinds:
            for name, member in inspect.getmembers(kind):
                if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
                    yield f"{port}.{name}"


def test_every_verb_of_a_port_is_hit_by_faults_or_is_known_not_to_be() -> None:
    outside = {verb for verb in _verbs() if verb.partition(".")[0] not in _IN_THE_PROCESS | _NOT_SIMULATED}
    assert outside - APPLICABLE.keys() == _KNOWN | _OF_OTHERS | _SAME_AS


def test_processes_of_a_history_share_ports_and_nothing_else() -> None:
    assert set(_DIRECT) == (_IN_THE_PROCESS | _NOT_SIMULATED) - {"ids"}


def test_every_operation_is_a_verb_and_its_port_can_be_away() -> None:
    assert APPLICABLE.keys() - set(_verbs()) == set()
    without = {port for port in (name.partition(".")[0] for name in APPLICABLE) if port not in AWAY}
    assert without == {"engine", "clock"}


def test_every_read_that_is_told_an_owner_is_compared_with_one_without_others() -> None:
    assert set(_verbs()) >= READS
    assert NO_READS.keys() <= set(_verbs())
    told = {"jobs.least_sure", "jobs.unreviewed", "jobs.usage", "api_keys.history", "search.find", "changes.since"}
    assert told <= READS
