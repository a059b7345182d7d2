"""The values of settings: how each is read from its text.

A parser raises ``ValueError`` with what the value must be, as the end of the sentence "OCR_X must be ...".
"""

import ipaddress
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from entrypoints.backend_traits import PARTS
from entrypoints.networks import is_loopback
from ocrcore.domain.durations import LONGEST, parse_duration
from ocrcore.domain.options import ENGINES, FOREVER, current_engine, parse_keep
from ocrcore.installed import names

#: The longest visibility timeout of SQS.
_MOST_VISIBILITY: Final = timedelta(hours=12)
#: A longer time to the deadline has more seconds than a column of 32 bits holds.
_MOST_TTL: Final = timedelta(days=24_855)
#: A shorter time would delete results before their clients fetch them.
_LEAST_KEEP: Final = timedelta(hours=1)
_ISSUER: Final = "the URL of an issuer over https, such as https://id.example.org/realms/x (http on this machine only)"
#: Fewest characters of a secret that somebody chose.
_LEAST_SECRET: Final = 32
_SECRET: Final = f"at least {_LEAST_SECRET} ASCII characters, as openssl rand -hex 32 prints them"
_PART: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")
_ORIGIN: Final = "a URL without a path, such as https://ocr.example.org; the path is OCR_BASE_PATH"
_LAST_PORT: Final = 65535
_PORTS: Final = {"http": 80, "https": 443}
_PATH: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]+)+")


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a parser that takes one of these words."""

    def parse(text: str) -> str:
        if text not in choices:
            msg = f"one of {', '.join(choices)}"
            raise ValueError(msg)
        return text

    return parse


def part(kind: str) -> Callable[[str], str]:
    """Return a parser of the names of parts: those of ocrcore, and names that a distribution may bring."""

    def parse(text: str) -> str:
        if text not in PARTS[kind] and not _PART.fullmatch(text):
            msg = f"{' or '.join(PARTS[kind])}, or the name of a part that an installed distribution brings"
            raise ValueError(msg)
        return text

    return parse


def some_of(*choices: str) -> Callable[[str], tuple[str, ...]]:
    """Return a parser that takes some of these words, separated by commas."""

    def parse(text: str) -> tuple[str, ...]:
        names = tuple(name.strip() for name in text.split(","))
        if not set(names) <= set(choices):
            msg = f"some of {', '.join(choices)}, separated by commas"
            raise ValueError(msg)
        return names

    return parse


def engine(text: str) -> str:
    """Return the present name of an engine of ocrcore, or the name of one that a distribution brings."""
    name = current_engine(text)
    return one_of(*ENGINES, *names("engine"))(name)


def count_from(least: int) -> Callable[[str], int]:
    """Return a parser of integers of at least ``least``."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and int(text) >= least):
            msg = f"an integer of at least {least}"
            raise ValueError(msg)
        return int(text)

    return parse


def span(text: str) -> timedelta:
    """Return a duration of at least a second."""
    duration = parse_duration(text)
    if not duration:
        msg = "a duration of at least 1s"
        raise ValueError(msg)
    return duration


def ttl(text: str) -> timedelta:
    """Return a time to the deadline of a job that every database holds."""
    duration = span(text)
    if duration > _MOST_TTL:
        msg = f"a duration of at most {_MOST_TTL.days}d"
        raise ValueError(msg)
    return duration


def lifetime(text: str) -> timedelta | None:
    """Return how long finished jobs are kept. A number without a unit is refused: as seconds it would delete all."""
    try:
        keep = parse_keep(text)
    except ValueError:
        keep = timedelta()
    if keep is not None and (keep < _LEAST_KEEP or text[-1].isdigit()):
        msg = f"{FOREVER}, or an integer followed by m, h or d, from 1h to {LONGEST.days}d, as 30d"
        raise ValueError(msg)
    return keep


def flag(text: str) -> bool:
    """Return whether a flag is set: ``1``, not ``0``."""
    return one_of("0", "1")(text) == "1"


def visibility(text: str) -> timedelta:
    """Return a visibility timeout that SQS allows."""
    duration = span(text)
    if duration > _MOST_VISIBILITY:
        msg = "a duration of at most 12h"
        raise ValueError(msg)
    return duration


def _name(pattern: str, what: str) -> Callable[[str], str]:
    shape = re.compile(pattern)

    def parse(text: str) -> str:
        if not shape.fullmatch(text):
            raise ValueError(what)
        return text

    return parse


# Names, not URLs or ARNs, within the limits of AWS. Old buckets may have names that new ones may not.
bucket: Final = _name(
    r"[A-Za-z0-9._-]{3,255}", "the name of a bucket, of at least 3 letters, digits, hyphens, dots and underscores"
)
account: Final = _name(r"[0-9]{12}", "the number of an AWS account, of 12 digits")
queue: Final = _name(
    r"[A-Za-z0-9_-]{1,80}", "the name of a standard queue, of 1 to 80 letters, digits, hyphens and underscores"
)
table: Final = _name(
    r"[A-Za-z0-9_.-]{3,255}", "the name of a table, of 3 to 255 letters, digits, dots, hyphens and underscores"
)
namespace: Final = _name(
    r"(?!AWS/)[A-Za-z0-9._/#:-]{1,255}",
    "the name of a namespace, of 1 to 255 letters, digits and ._/#:-, that does not begin with AWS/",
)


def issuer(text: str) -> str:
    """Return the URL of an issuer, as its tokens name it."""
    try:
        parts = urlsplit(text)
        is_usable = bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError as error:
        raise ValueError(_ISSUER) from error
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    is_plain = text.isascii() and text.isprintable() and " " not in text and not {"?", "#", "@"} & set(text)
    if not (is_usable and is_safe and is_plain):
        raise ValueError(_ISSUER)
    return text


def audience(text: str) -> str:
    """Return the audience of tokens."""
    if not text.isprintable() or text != text.strip():
        msg = "the audience of the tokens, as the issuer knows this service"
        raise ValueError(msg)
    return text


def secret(text: str) -> str:
    """Return a secret that is long enough."""
    if not text.isascii() or len(text) < _LEAST_SECRET:
        raise ValueError(_SECRET)
    return text


def host_and_port(text: str) -> tuple[str, int]:
    """Return the address and port of a server of this process; a port of 0 is any free one."""
    host, colon, port = text.rpartition(":")
    name = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    is_port = port.isascii() and port.isdigit() and int(port) <= _LAST_PORT
    if not (colon and is_port and (_is_address(name) or name == "localhost") and (":" in name) == (host != name)):
        msg = "an address and a port, such as 127.0.0.1:9100, 0.0.0.0:9100 or [::1]:9100"
        raise ValueError(msg)
    return name, int(port)


def hosts(text: str) -> tuple[str, ...]:
    """Return host names and addresses, in lower case."""
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    if not all(_HOST.fullmatch(name) or _is_address(name) for name in names):
        msg = "host names separated by commas, without scheme, port and path"
        raise ValueError(msg)
    return names


def origin(text: str) -> str:
    """Return the origin in the form that browsers send: in lower case, without the usual port."""
    try:
        parts = urlsplit(text.lower())
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(_ORIGIN) from error
    bare = f"[{host}]" if ":" in host else host
    given = bare if port is None else f"{bare}:{port}"
    if (
        parts.scheme not in _PORTS
        or not (_HOST.fullmatch(host) or _is_address(host))
        or text.lower().removesuffix("/") != f"{parts.scheme}://{given}"
    ):
        raise ValueError(_ORIGIN)
    return f"{parts.scheme}://{bare if port == _PORTS[parts.scheme] else given}"


def base_path(text: str) -> str:
    """Return a path without a slash at its end; empty for the root."""
    path = text.removesuffix("/")
    if path and not _PATH.fullmatch(path):
        msg = "a path such as /ocr, of letters, digits, hyphens, dots, underscores and tildes"
        raise ValueError(msg)
    return path


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
