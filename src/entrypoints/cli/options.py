"""Options shared by several commands: the job options, from the domain's table, and the output format."""

from collections.abc import Callable
from typing import Any, Final

import click

from ocrcore.domain.options import OPTIONS, Option
from ocrcore.formats.registry import DEFAULT, FORMATS

Command = Callable[..., Any]

#: ``--format``.
FORMAT: Final = click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default=DEFAULT, show_default=True, help="The output format."
)


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
    flag = f"--{option.name.replace('_', '-')}"
    if option.type == "boolean":
        return click.option(flag, option.name, flag_value="1", default=None, help=option.help)
    return click.option(flag, option.name, metavar="TEXT", help=f"{option.help} {option.range.capitalize()}.")
