"""The extras of this distribution: packages that only some uses need, and one sentence where they are missing."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Final

#: Extra -> the modules that it brings, besides those of every installation.
MODULES: Final[Mapping[str, Sequence[str]]] = {
    "http": ("litestar", "uvicorn", "multipart", "jinja2", "msgspec", "swagger_ui"),
    "client": ("httpx", "tenacity", "msgspec"),
    "aws": ("boto3",),
    "mysql": ("pymysql",),
    "oidc": ("joserfc",),
}
_USES: Final[Mapping[str, str]] = {
    "http": "The service over HTTP",
    "client": "The client of a service",
    "aws": "A part of the backend on AWS",
    "mysql": "A database of MySQL or MariaDB",
    "oidc": "OCR_AUTH=keys,oidc",
}


class ExtraMissing(ImportError):
    """A use needs an extra that is not installed; the text is one sentence for the user."""


def require(extra: str) -> None:
    """Return if the modules of an extra are installed, without importing them; else raise :class:`ExtraMissing`."""
    if not all(map(_is_there, MODULES[extra])):
        msg = f"{_USES[extra]} needs an extra that is not installed: {remedy(extra)}"
        raise ExtraMissing(msg)


def remedy(extra: str) -> str:
    """Return what installs an extra. No index has ocrcore, so it comes from its sources."""
    return f"pip install '.[{extra}]' in the sources of ocrcore, in an environment of its own (python3 -m venv)."


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # of a module that somebody replaced in sys.modules
        return False
