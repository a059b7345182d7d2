"""The program ``ocrcore``, and its check that the three packages of this distribution are imported together (ADR 0001).

``adapters`` and ``entrypoints`` are common names: a package of another distribution may come earlier on the path, or
may have been installed over ours. Python detects neither, so every start checks, from a module with a unique name. Or
theirs is hidden by ours, and other programs break: the start names them, and goes on.
"""

import hashlib
import os
import re
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("ocrcore", "adapters", "entrypoints")
#: The distributions of others that have packages or modules of these names, as their metadata is called on the path.
_NAMESAKE: Final = re.compile(r"(adapters|entrypoints)-.*\.(?:dist|egg)-info", re.IGNORECASE)
#: The name at the begin of a requirement.
_REQUIRED: Final = re.compile(r"[\w.-]+")
#: Set while a shell asks what completes a command.
_COMPLETING: Final = "_OCRCORE_COMPLETE"


def main() -> None:
    """Run the command line after the check, with all standard streams."""
    _open_missing_streams()
    try:
        check_ours()
    except ForeignPackage as error:
        sys.exit(f"ocrcore: {error}")
    if _COMPLETING not in os.environ:
        for line in broken_by_ours():
            print(f"ocrcore: {line}", file=sys.stderr)  # noqa: T201 - before the command line is there
    from entrypoints.cli import main as run  # noqa: PLC0415 - only after the check

    run()


def _open_missing_streams() -> None:
    """Open the null device in place of closed standard streams, so that no other file gets their numbers.

    Python sets the stream objects of closed descriptors to None, and printing to them fails.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
            setattr(sys, name, open(number, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - for the life of the process


class ForeignPackage(Exception):
    """A required package belongs to another distribution; the message is one line for the operator."""

    def __init__(self, name: str, place: str, home: Path) -> None:
        super().__init__(
            f"The package {name} in {place} is not the one that was installed with ocrcore ({home});"
            f" install ocrcore in an environment of its own, or take that folder off the path."
        )


def check_ours() -> None:
    """Return if ``ocrcore``, ``adapters`` and ``entrypoints`` belong together, else raise :class:`ForeignPackage`.

    They must lie in one folder. If that folder has a record of the installed files, the ``__init__.py`` of each must
    match it. Imports none of them.
    """
    home = Path(__file__).resolve().parent
    for name in _PACKAGES:
        place = _place(name)
        if place != home / name:
            raise ForeignPackage(name, str(place or "an unknown place"), home)
    for name in _overwritten(home):
        raise ForeignPackage(name, str(home / name), home)


def _place(name: str) -> Path | None:
    """Return where Python finds the package, or None."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return None
    origin = Path(spec.origin).resolve()
    return origin.parent if origin.name == "__init__.py" else origin


def _overwritten(home: Path) -> Iterator[str]:
    """Yield the packages whose ``__init__.py`` is not the installed one. Editable installations record none."""
    for record in home.glob("ocrcore-*.dist-info/RECORD"):
        for line in record.read_text(encoding="utf-8").splitlines():
            file, _, rest = line.partition(",")
            name, _, inner = file.partition("/")
            if name in _PACKAGES and inner == "__init__.py" and rest.partition(",")[0] != _hash(home / file):
                yield name


def broken_by_ours() -> Sequence[str]:
    """Return a line for each distribution that finds our ``adapters`` or ``entrypoints`` in place of another's.

    Where no other distribution has these names, which is usual, nothing but a few folders is looked at.
    """
    hidden = {match[1].lower() for folder in sys.path for match in map(_NAMESAKE.fullmatch, _names_in(folder)) if match}
    return _broken(hidden) if hidden else ()


def _names_in(folder: str) -> Sequence[str]:
    try:
        return os.listdir(folder or os.curdir)  # noqa: PTH208 - a tenth of the time of Path.iterdir
    except OSError:  # an archive, or nothing
        return ()


def _broken(hidden: AbstractSet[str]) -> Sequence[str]:
    """Return a line for each of these distributions, whose packages ours hide: who needs it, and what to do."""
    from importlib.metadata import distributions  # noqa: PLC0415 - seldom needed, and slow to import

    versions, users = dict[str, str](), dict[str, set[str]]()
    for one in distributions():
        versions.setdefault(one.name.lower(), f"{one.name} {one.version}")
        for requirement in one.requires or ():
            needed, _, condition = requirement.partition(";")
            match = _REQUIRED.match(needed)
            if match and match[0].lower() in hidden and "extra" not in condition:
                users.setdefault(match[0].lower(), set()).add(f"{one.name} {one.version}")
    return [
        f"{' and '.join(sorted(users.get(name, {'Other programs'})))} cannot use {versions[name]} here, because ocrcore"
        " has a package of that name; install ocrcore in an environment of its own (python3 -m venv, pipx, uv tool)."
        for name in sorted(hidden & versions.keys())
    ]


def _hash(file: Path) -> str:
    """Return the hash of a file in the form of ``RECORD``."""
    digest = hashlib.sha256(file.read_bytes()).digest()
    return f"sha256={urlsafe_b64encode(digest).decode().rstrip('=')}"
