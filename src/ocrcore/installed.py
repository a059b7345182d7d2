"""What other distributions bring: the parts and engines that their entry points name. Nothing of them is imported."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.metadata import EntryPoint

_OWN: Final = "ocrcore"
#: Kind of part -> the group of entry points.
_GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "documents": "ocrcore.documents",
        "queue": "ocrcore.queues",
        "audit": "ocrcore.audits",
        "engine": "ocrcore.engines",
    }
)


@dataclass(frozen=True, slots=True)
class Offered:
    """One entry point, and the distribution that has it."""

    entry: EntryPoint
    #: The name of the distribution.
    name: str
    version: str

    @property
    def distribution(self) -> str:
        """Name and version, for the operator."""
        return f"{self.name} {self.version}"


class Clash(Exception):
    """A name stands for more than one thing; the text is one line for the operator."""


@cache
def _all() -> Mapping[tuple[str, str], Sequence[Offered]]:
    """Return what is offered, by kind and name; of a distribution that is found twice the one that Python imports."""
    from importlib.metadata import distributions  # noqa: PLC0415 - slow, and few commands ask

    kinds = {group: kind for kind, group in _GROUPS.items()}
    found: dict[tuple[str, str], list[Offered]] = {}
    seen: set[str] = set()
    for distribution in distributions():
        name = distribution.name
        if name in seen:
            continue
        seen.add(name)
        for entry in distribution.entry_points:
            if entry.group in kinds:
                offer = Offered(entry, name, distribution.version)
                found.setdefault((kinds[entry.group], entry.name), []).append(offer)
    return found


def names(kind: str) -> Sequence[str]:
    """Return the names that are offered of a kind of part, or of engines (``engine``), sorted."""
    return sorted(name for of, name in _all() if of == kind)


def engines(own: Sequence[str]) -> Sequence[str]:
    """Return the names of the engines that are offered. Raises :class:`Clash` if one of them means several things.

    Whatever a job names, it is one engine, so a clash is told at the start.
    """
    for name in (found := names("engine")):
        offered("engine", name, own)
    return found


def offered(kind: str, name: str, own: Sequence[str]) -> Offered | None:
    """Return what has this name, or None. Raises :class:`Clash` if several have it, or one of ocrcore's ``own``."""
    found = _all().get((kind, name), ())
    what = "engine" if kind == "engine" else f"{kind} part"
    owners = [one.distribution for one in found]
    if found and name in own:
        msg = f"The {what} {name} of {owners[0]} has the name of one of {_OWN}'s own; uninstall {found[0].name}."
        raise Clash(msg)
    if len(found) > 1:
        msg = f"The {what} {name} is in {' and in '.join(owners)}; uninstall all but one of them."
        raise Clash(msg)
    return found[0] if found else None
