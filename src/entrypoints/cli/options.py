"""Options shared by several commands: the job options, from the domain's table, and the output format."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import click
from click.core import ParameterSource

from ocrcore.domain.durations import parse_duration
from ocrcore.domain.options import OPTIONS, Option
from ocrcore.formats.registry import DEFAULT, FORMATS

Command = Callable[..., Any]


class _Duration(click.ParamType[timedelta]):
    """A duration such as ``10m``."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:  # noqa: ANN401 - click's signature
        """Return the duration, or fail with a usage error."""
        try:
            return parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Instant(click.ParamType[datetime]):
    """A day or an instant such as ``2026-11-23T20:00:00Z``; without an offset it is in UTC."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401 - click's signature
        """Return the instant, or fail with a usage error."""
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail("it is no instant, as 2026-11-23 or 2026-11-23T20:00:00Z", param, ctx)
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


class NamedPath(click.Path):
    """A path; an empty name, as of a variable that is not set, is a usage error, and not the present folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's signature
        """Return the path, or fail with a usage error."""
        if value == "":
            self.fail("an empty name is no file or folder", param, ctx)
        return super().convert(value, param, ctx)


#: The type of an option that is an instant.
INSTANT: Final = _Instant()
#: The type of an option that is a duration.
DURATION: Final = _Duration()
#: ``--format``.
FORMAT: Final = click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default=DEFAULT, show_default=True, help="The output format."
)


def chosen_format(form: str) -> str | None:
    """Return the value of ``--format`` of the present command, or None if nobody chose it."""
    is_default = click.get_current_context().get_parameter_source("form") is ParameterSource.DEFAULT
    return None if is_default else form


#: Option -> its short flags.
_SHORT: Final = {"languages": ("-l",)}


def job_options(*, recognition_only: bool = False) -> Callable[[Command], Command]:
    """Return a decorator that adds an option for each job option, or only for those that affect the recognition.

    The command receives their values as unparsed text, under their names in the table.
    """
    wanted = [option for option in OPTIONS if option.recognition or not recognition_only]

    def decorate(command: Command) -> Command:
        for option in reversed(wanted):
            command = _option(option)(command)
        return command

    return decorate


def _option(option: Option) -> Callable[[Command], Command]:
    flags = [*_SHORT.get(option.name, ()), f"--{option.name.replace('_', '-')}"]
    if option.type == "boolean":
        return click.option(*flags, option.name, flag_value="1", default=None, help=option.help)
    return click.option(
        *flags,
        option.name,
        metavar="TEXT",  # of any case and form that the API takes, so the values are offered and not checked here
        help=f"{option.help} {option.range.capitalize()}.",
        shell_complete=lambda _ctx, _param, typed: [one for one in option.choices if one.startswith(typed)],
    )
