"""The program ``ocrcore``, and its check that the three packages of this distribution run together (ADR 0001).

``adapters`` and ``entrypoints`` are common names: another distribution's may stand earlier on the path, or may have
been installed over ours. Neither is seen by Python, so every start looks, from a module whose name nobody else has.
"""

import hashlib
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("ocrcore", "adapters", "entrypoints")


def main() -> None:
    """Run the command line, if it is ours."""
    try:
        check_ours()
    except ForeignPackage as error:
        sys.exit(f"ocrcore: {error}")
    from entrypoints.cli import main as run  # noqa: PLC0415 - not before the check

    run()


class ForeignPackage(Exception):
    """A package that is needed is another distribution's; the text is one line for the operator."""

    def __init__(self, name: str, place: str, home: Path) -> None:
        super().__init__(
            f"The package {name} in {place} is not the one that was installed with ocrcore ({home});"
            f" install ocrcore in an environment of its own, or take that folder off the path."
        )


def check_ours() -> None:
    """Return if ``ocrcore``, ``adapters`` and ``entrypoints`` belong together, else raise :class:`ForeignPackage`.

    They must lie in one folder; where that folder has a record of what was installed, their first files must be
    those. Needs no import of any of them.
    """
    home = Path(__file__).resolve().parent
    for name in _PACKAGES:
        place = _place(name)
        if place != home / name:
            raise ForeignPackage(name, str(place or "an unknown place"), home)
    for name in _overwritten(home):
        raise ForeignPackage(name, str(home / name), home)


def _place(name: str) -> Path | None:
    """Return where Python finds the package; None where it finds none."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return None
    origin = Path(spec.origin).resolve()
    return origin.parent if origin.name == "__init__.py" else origin


def _overwritten(home: Path) -> Iterator[str]:
    """Yield the packages whose first file is not the installed one. An editable installation records none."""
    for record in home.glob("ocrcore-*.dist-info/RECORD"):
        for line in record.read_text(encoding="utf-8").splitlines():
            file, _, rest = line.partition(",")
            name, _, inner = file.partition("/")
            if name in _PACKAGES and inner == "__init__.py" and rest.partition(",")[0] != _hash(home / file):
                yield name


def _hash(file: Path) -> str:
    """Return the hash as a record of installed files writes it."""
    digest = hashlib.sha256(file.read_bytes()).digest()
    return f"sha256={urlsafe_b64encode(digest).decode().rstrip('=')}"
