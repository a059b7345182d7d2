"""The findings of the doctor on the backend of the settings, even on one that fails preflight."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from adapters.engines.wall.build import Sandbox, describe, is_whole
from adapters.engines.wall.probe import wall_of_this_machine
from entrypoints.backends.backend import SchemaRefused
from entrypoints.bootstrap import open_examined
from entrypoints.settings import Settings, variable
from ocrcore import Finding, FindingKind, OcrService
from ocrcore.domain.errors import DatabaseUnavailable, IssuerUnavailable

#: Of 32 random hexadecimal digits, all but one of ten million have more different ones than this.
_FEWEST_CHARACTERS: Final = 8
#: Called with what is checked, as ``jobs``, how many have been checked, and about how many there are.
WatchPart = Callable[[str, int, int], None]


def findings(
    settings: Settings,
    watch: WatchPart,
    *,
    repair: bool = False,
    restored: bool = False,
    every_timeline: bool = False,
) -> Iterator[Finding]:
    """Yield the findings. If the rows cannot be read, yield only findings that say so."""
    try:
        with open_examined(settings) as opened:
            yield from (Finding(FindingKind.UNFIT_PART, line) for line in opened.preflight_failures)
            yield from opened.service.examine(
                repair=repair,
                restored=restored,
                every_timeline=every_timeline,
                machine=opened.clock,
                watch=_with_total(opened.service, watch),
            )
            yield from opened.findings()
            yield from no_key(opened.service, settings.auth)
            yield from issuer_away(opened.service)
            yield from weak_secret(settings.secret)
            yield from narrow_limits(settings)
            yield from untrusted_proxy(settings)
            yield from weak_wall(settings.sandbox, wall_of_this_machine())
    except SchemaRefused as refused:
        yield Finding(FindingKind.OLD_SCHEMA, "the database's tables are not those of this version")
        yield from (Finding(FindingKind.UNFIT_PART, line) for line in refused.others)
    except DatabaseUnavailable as error:
        yield Finding(FindingKind.SERVICE_AWAY, f"database: {error}")


def no_key(service: OcrService, auth: str) -> Iterator[Finding]:
    """Yield a finding if the service asks for keys and none is alive. That the database is away is told elsewhere."""
    with suppress(DatabaseUnavailable):
        if auth == "keys" and not service.keys.any_alive():
            yield Finding(FindingKind.NO_KEY, "OCR_AUTH is keys, and no key is alive")


def issuer_away(service: OcrService) -> Iterator[Finding]:
    """Yield a finding if access tokens are taken, and their issuer does not give its keys."""
    try:
        service.check_issuer()
    except IssuerUnavailable as error:
        yield Finding(FindingKind.ISSUER_AWAY, str(error) or "the issuer does not answer as one")


def weak_secret(secret: str) -> Iterator[Finding]:
    """Yield a finding for a secret of the operator that is no random text: one with few different characters."""
    if secret and len(set(secret)) < _FEWEST_CHARACTERS:
        yield Finding(FindingKind.WEAK_SECRET, f"OCR_SECRET has {len(set(secret))} different characters")


def narrow_limits(settings: Settings) -> Iterator[Finding]:
    """Yield a finding for each quota of owners that one file which is allowed could never fit into."""
    for quota, limit in (("limit_bytes", "max_file_bytes"), ("limit_open_items", "max_pages")):
        most, allowed = getattr(settings, quota), getattr(settings, limit)
        if 0 < most < allowed:
            seen = f"{variable(quota)} is {most}, and {variable(limit)} allows a file of {allowed}"
            yield Finding(FindingKind.NARROW_LIMIT, seen)


def untrusted_proxy(settings: Settings) -> Iterator[Finding]:
    """Yield a finding if the public URL is https, and no proxy is believed that a request came that way."""
    if settings.believes_nobody_of_tls:
        yield Finding(FindingKind.UNTRUSTED_PROXY, "OCR_PUBLIC_URL is https, and OCR_TRUSTED_PROXIES is empty")


def weak_wall(sandbox: str, wall: Mapping[str, str]) -> Iterator[Finding]:
    """Yield a finding if the wall around processes that read files is switched off, or not whole on this machine."""
    if sandbox == Sandbox.OFF:
        yield Finding(FindingKind.WEAK_WALL, "OCR_SANDBOX is off")
    elif not is_whole(wall):
        yield Finding(FindingKind.WEAK_WALL, f"this kernel gives: {describe(wall)}")


def _with_total(service: OcrService, watch: WatchPart) -> Callable[[str, int], None]:
    """Return a function that calls ``watch`` with the total too, which is counted once, at the first call."""
    totals: dict[str, int] = {}

    def with_total(what: str, number: int) -> None:
        if not totals:
            counted = service.totals()
            totals["jobs"], totals["items"] = sum(counted.jobs.values()), sum(counted.items.values())
        watch(what, number, totals["jobs" if what == "jobs" else "items"])

    return with_total
