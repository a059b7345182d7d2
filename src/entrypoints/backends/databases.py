"""Open the database of a URL, with a clear error for a URL that cannot be used."""

import shlex
from typing import Final
from urllib.parse import unquote, urlsplit

from sqlalchemy.exc import ArgumentError

from adapters.sql.database import Database
from adapters.sql.errors import UnusableUrl
from entrypoints.settings import SettingsError

#: Replaces SQLAlchemy's message, which quotes the URL from where parsing failed, perhaps inside the password.
_FORM: Final = (
    "it is not of the form driver://user:password@host/name, or the password has a character that a URL writes"
    " otherwise, as %40 for @ and %2F for /"
)
_NAMELESS: Final = "it names no schema; it ends with one, as mysql+pymysql://user:password@host/database"
_ALONE: Final = "the AWS backend needs a MySQL server, as mysql+pymysql://user:password@host/database"

_FORGET_REJECTED: Final = "DELETE FROM rejected_messages"


def open_database(url: str, *, shared: bool = False) -> Database:
    """Return the database, without connecting to it. If ``shared``, it must be one that several machines can use.

    Raises ``SettingsError`` with a text that contains no part of the URL.
    """
    try:
        database = Database(url)
    except UnusableUrl as error:
        why = str(error)
    except OSError as error:
        why = f"a file that it names: {error.strerror}"
    except (ArgumentError, ImportError, ValueError):
        why = _FORM
    else:
        is_shared = database.dialect.is_shared
        if (is_shared and database.engine.url.database) or not (is_shared or shared):
            return database
        database.close()
        why = _NAMELESS if is_shared else _ALONE
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
