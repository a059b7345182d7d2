"""Opening the database of a URL, with a clear line where the URL is of no use."""

from typing import Final

from sqlalchemy.exc import ArgumentError

from adapters.sql.database import Database
from adapters.sql.errors import UnusableUrl
from entrypoints.settings import SettingsError

#: SQLAlchemy's own words would show where it stopped to understand: in the middle of a password.
_FORM: Final = (
    "it is not of the form driver://user:password@host/name, or the password has a character that a URL writes"
    " otherwise, as %40 for @ and %2F for /"
)
_NAMELESS: Final = "it names no schema; it ends with one, as mysql+pymysql://user:password@host/database"
_ALONE: Final = "the AWS backend needs a MySQL server, as mysql+pymysql://user:password@host/database"


def open_database(url: str, *, shared: bool = False) -> Database:
    """Return the database, which several machines can use if ``shared``; nothing is connected yet.

    Raises ``SettingsError``, which shows nothing of the URL.
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
