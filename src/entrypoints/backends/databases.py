"""Opening the database of a URL, with a clear line where the URL is of no use."""

from sqlalchemy.exc import ArgumentError

from adapters.sql.database import Database
from entrypoints.settings import SettingsError


def open_database(url: str) -> Database:
    """Return the database; nothing is connected yet. Raises ``SettingsError``, which does not show the password."""
    try:
        return Database(url)
    except ArgumentError:
        why = "it is not of the form driver://user:password@host/name"
    except OSError as error:
        why = f"a file that it names: {error.strerror}"
    except ValueError as error:
        why = str(error)
    msg = f"OCR_DATABASE_URL cannot be used: {why}."
    raise SettingsError(msg)
