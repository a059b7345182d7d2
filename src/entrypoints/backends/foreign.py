"""Parts that other distributions bring: each is imported only if the settings choose it."""

from typing import TypeVar

from entrypoints.backend_traits import PARTS
from entrypoints.backends.backend import StartRefused
from entrypoints.settings import SettingsError
from ocrcore.domain.errors import Unavailable
from ocrcore.installed import Clash, Offered, names, offered
from ocrcore.plugins import Part, PartRefused, Surroundings

P = TypeVar("P", bound=Part)


def open_foreign(kind: str, name: str, expected: type[P], about: Surroundings) -> P:
    """Return the part that a distribution brings under this name. Raises ``SettingsError`` or ``StartRefused``."""
    try:
        found = offered(kind, name, tuple(PARTS[kind]))
    except Clash as clash:
        raise SettingsError(str(clash)) from clash
    if found is None:
        there = ", ".join((*PARTS[kind], *names(kind)))
        msg = f"OCR_{kind.upper()} is {name}, which no installed distribution brings; there are: {there}."
        raise SettingsError(msg)
    return _opened(f"The {kind} part {name} of {found.distribution}", found, expected, about)


def _opened(what: str, found: Offered, expected: type[P], about: Surroundings) -> P:
    try:
        part = found.entry.load()(about)
    except (PartRefused, Unavailable) as refused:
        msg = f"{what} cannot be used: {_line(refused)}"
        raise StartRefused(msg) from refused
    except Exception as error:  # whatever somebody else's code raises
        msg = f"{what} is broken: {type(error).__name__}: {_line(error)}"
        raise StartRefused(msg) from error
    if not isinstance(part, expected):
        msg = f"{what} is broken: it returned {type(part).__name__}, and not {expected.__name__}."
        raise StartRefused(msg)
    return part


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or "it does not say why."
