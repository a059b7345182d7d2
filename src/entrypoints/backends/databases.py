"""Open the database of a URL, with a clear error for a URL that cannot be used."""

import shlex
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from urllib.parse import unquote, urlsplit

from sqlalchemy.exc import ArgumentError

from adapters.sql.database import Database
from adapters.sql.dialects.mysql_tls import unverified_host, with_verified_tls
from adapters.sql.errors import UnusableUrl
from entrypoints.extras import require
from entrypoints.settings import Settings, SettingsError
from ocrcore import Finding, FindingKind

#: Replaces SQLAlchemy's message, which quotes the URL from where parsing failed, perhaps inside the password.
_FORM: Final = (
    "it is not of the form driver://user:password@host/name, or the password has a character that a URL writes"
    " otherwise, as %40 for @ and %2F for /"
)
_NO_CERTIFICATE: Final = "there is no certificate in it"
_NAMELESS: Final = "it names no schema; it ends with one, as mysql+pymysql://user:password@host/database"
_ALONE: Final = "the AWS backend needs a MySQL server, as mysql+pymysql://user:password@host/database"

#: What the URLs of databases begin with that need a driver of their own.
_MYSQL: Final = ("mysql", "mariadb")

_FORGET_REJECTED: Final = "DELETE FROM rejected_messages"


def secured_url(settings: Settings, url: str | None = None) -> str:
    """Return the URL of the settings, or another one, with the options of TLS that the settings ask for.

    Raises ``SettingsError`` with a text that contains no part of the URL.
    """
    wanted = settings.database_url if url is None else url
    _require_driver(wanted)
    with _told():
        return with_verified_tls(
            wanted,
            required=settings.requires_database_tls,
            authority=str(settings.database_ca or ""),
        )


def unverified(url: str) -> Sequence[Finding]:
    """Return a finding if the database is on another machine, and the connection to it is not verified by TLS."""
    host = unverified_host(url)
    return () if host is None else [Finding(FindingKind.UNVERIFIED_DATABASE, f"at {host}")]


def open_database(url: str, *, shared: bool = False) -> Database:
    """Return the database, without connecting to it. If ``shared``, it must be one that several machines can use.

    Raises ``SettingsError`` with a text that contains no part of the URL.
    """
    _require_driver(url)
    with _told():
        database = Database(url)
        is_shared = database.dialect.is_shared
        if (is_shared and database.engine.url.database) or not (is_shared or shared):
            return database
        database.close()
        raise UnusableUrl(_NAMELESS if is_shared else _ALONE)


def _require_driver(url: str) -> None:
    """Raise ``ExtraMissing`` for a database whose driver is not installed."""
    if url.startswith(_MYSQL):
        require("mysql")


@contextmanager
def _told() -> Iterator[None]:
    """Raise ``SettingsError`` with a text that contains no part of the URL, if it cannot be used."""
    try:
        yield
    except UnusableUrl as error:
        why = str(error)
    except OSError as error:
        what = _NO_CERTIFICATE if isinstance(error, ssl.SSLError) else error.strerror
        why = f"a file that it names, or that OCR_DATABASE_CA names: {what}"
    except (ArgumentError, ImportError, ValueError):
        why = _FORM
    else:
        return
    msg = f"OCR_DATABASE_URL cannot be used: {why}."
    raise SettingsError(msg)


def forget_rejected(url: str) -> str:
    """Return the shell command that deletes the recorded foreign messages."""
    parts = urlsplit(url)
    if parts.scheme.startswith("sqlite"):
        path = unquote(parts.path).removeprefix("/")
        return f"sqlite3 {shlex.quote(path)} {shlex.quote(_FORGET_REJECTED)}"
    server = f"-h {shlex.quote(parts.hostname or 'localhost')} -P {parts.port or 3306}"
    account = f"-u {shlex.quote(unquote(parts.username or ''))} -p {shlex.quote(parts.path.lstrip('/'))}"
    return f"mysql {server} {account} -e {shlex.quote(_FORGET_REJECTED)}"
