"""Errors on the command line: one line on stderr, and an exit status from one table."""

import errno
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Final, NoReturn, ParamSpec, TypeVar

import click

from entrypoints.settings import SettingsError
from ocrcore import OcrError, ProblemCode

P = ParamSpec("P")
T = TypeVar("T")

#: What an exit status means: a file, a job or a service failed; the command was not understood.
FAILED, USAGE = 1, 2

#: Codes that blame the command; all others blame what it met.
_USAGE_CODES: Final = frozenset(
    {
        ProblemCode.INVALID_OPTION,
        ProblemCode.INVALID_PAGE,
        ProblemCode.UNKNOWN_FIELD,
        ProblemCode.NO_FILES,
        ProblemCode.TOO_MANY_FILES,
        ProblemCode.UNSUPPORTED_LANGUAGE,
    }
)
EXIT_STATUS: Final[Mapping[str, int]] = MappingProxyType(
    {code: USAGE if code in _USAGE_CODES else FAILED for code in ProblemCode}
)


def errors_in_one_line(command: Callable[P, T]) -> Callable[P, T]:
    """Return the command, which ends with one line where an error is ours, or the user's."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except SettingsError as error:
            fail(error, USAGE)
        except OcrError as error:
            fail(error, EXIT_STATUS.get(getattr(error, "code", ""), FAILED))
        except UnicodeEncodeError as error:
            fail(f"The output cannot be written in {error.encoding}; set PYTHONIOENCODING=utf-8.", FAILED)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # nobody listens any more, and click ends without a word
            fail(": ".join(str(part) for part in (error.filename, error.strerror or error) if part) + ".", FAILED)

    return run


def fail(error: object, status: int) -> NoReturn:
    """End with the error's sentence."""
    click.echo(f"ocrcore: {''.join(filter(str.isprintable, str(error)))}", err=True)
    sys.exit(status)
