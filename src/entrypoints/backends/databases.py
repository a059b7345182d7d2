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
        if database.dialect.is_shared or not shared:
            return database
        database.close()
        why = "the AWS backend needs a MySQL server, as mysql+pymysql://user:password@host/database"
    msg = f"OCR_DATABASE_URL cannot be used: {why}."
    raise SettingsError(msg)
