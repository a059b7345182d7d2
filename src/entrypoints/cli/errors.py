"""Errors on the command line: one line on stderr, and an exit status from one table."""

import errno
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from types import MappingProxyType
from typing import Any, Final, NoReturn, ParamSpec, TypeVar

import click

from entrypoints.extras import ExtraMissing
from entrypoints.settings import SettingsError
from ocrcore.domain.api_key import without_keys
from ocrcore.domain.codes import ProblemCode
from ocrcore.domain.errors import OcrError

P = ParamSpec("P")
T = TypeVar("T")

#: Exit statuses: a file, a job or a service failed; the command was not understood; Ctrl-C ended it.
FAILED, USAGE, INTERRUPTED = 1, 2, 130

#: Codes of a wrong command; all others are failures of a file, a job or a service.
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
    """Make a command end with one line on stderr for every expected error."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except KeyboardInterrupt:
            click.echo(err=True)  # after the ^C of the terminal
            sys.exit(INTERRUPTED)
        except SettingsError as error:
            fail(error, USAGE)
        except ExtraMissing as error:
            fail(error, FAILED)
        except OcrError as error:
            fail(error, EXIT_STATUS.get(getattr(error, "code", ""), FAILED))
        except UnicodeEncodeError as error:
            fail(f"The output cannot be written in {error.encoding}; set PYTHONIOENCODING=utf-8.", FAILED)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # the reader of stdout is gone; click then ends silently
            fail(": ".join(str(part) for part in (error.filename, error.strerror or error) if part) + ".", FAILED)

    return run


class SafeGroup(click.Group):
    """A group whose usage errors repeat what was typed without the secrets of keys in it."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401 - click's
    ) -> click.Context:
        """Parse the words of the group itself."""
        with _keys_hidden():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's
        """Parse the rest, and run the command."""
        with _keys_hidden():
            return super().invoke(ctx)


@contextmanager
def _keys_hidden() -> Iterator[None]:
    try:
        yield
    except click.ClickException as error:
        error.message = without_keys(error.message)  # type: ignore[misc] # final, but for what none should show
        if isinstance(error, click.FileError):
            error.ui_filename = without_keys(error.ui_filename)  # type: ignore[misc] # the same
        raise


def fail(error: object, status: int) -> NoReturn:
    """Print the error's sentence on stderr, without the secrets of keys in it, and exit with the status."""
    click.echo(f"ocrcore: {without_keys(''.join(filter(str.isprintable, str(error))))}", err=True)
    sys.exit(status)
