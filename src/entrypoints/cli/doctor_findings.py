"""An examination of the backend that the settings name, even where no process would start on it."""

from collections.abc import Callable, Iterator

from entrypoints.backends.backend import SchemaRefused
from entrypoints.bootstrap import open_examined
from entrypoints.settings import Settings
from ocrcore import Finding, FindingKind, OcrService
from ocrcore.domain.errors import DatabaseUnavailable

#: Is told what is looked at, how many of them were until now, and about how many there are.
WatchPart = Callable[[str, int, int], None]


def findings(
    settings: Settings, watch: WatchPart, *, repair: bool = False, every_timeline: bool = False
) -> Iterator[Finding]:
    """Yield what disagrees; without rows that can be read, only that."""
    try:
        with open_examined(settings) as opened:
            yield from (Finding(FindingKind.UNFIT_PART, line) for line in opened.preflight_failures)
            yield from opened.service.examine(
                repair=repair,
                every_timeline=every_timeline,
                machine=opened.clock,
                watch=_of_all(opened.service, watch),
            )
    except SchemaRefused as refused:
        yield Finding(FindingKind.OLD_SCHEMA, "the database's tables are not those of this version")
        yield from (Finding(FindingKind.UNFIT_PART, line) for line in refused.others)
    except DatabaseUnavailable as error:
        yield Finding(FindingKind.SERVICE_AWAY, f"database: {error}")


def _of_all(service: OcrService, watch: WatchPart) -> Callable[[str, int], None]:
    """Return what adds how many there are, which is asked once, when there is something to watch."""
    totals: dict[str, int] = {}

    def passed_on(what: str, number: int) -> None:
        if not totals:
            counted = service.totals()
            totals["jobs"], totals["items"] = sum(counted.jobs.values()), sum(counted.items.values())
        watch(what, number, totals["jobs" if what == "jobs" else "items"])

    return passed_on
