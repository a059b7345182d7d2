"""``ocrcore settings``: every setting, with its default, and the value that it has here."""

import json
import os
import sys
import textwrap
from typing import Final

import click

from entrypoints.cli.errors import errors_in_one_line
from entrypoints.cli.terminal import columns
from entrypoints.setting_texts import setting_texts

#: Settings whose values nobody should see on a screen.
_HIDDEN: Final = frozenset({"OCR_SECRET", "OCR_DATABASE_URL"})
#: Columns of a meaning where there is no terminal, and of a wide one.
_WIDTH: Final = 100
_INDENT: Final = "    "


@click.command("settings", short_help="Show every setting, and what it is here.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")
@errors_in_one_line
def settings(names: tuple[str, ...], *, as_json: bool) -> None:
    """Show every setting, a variable of the environment, with its default and meaning; or those with a word NAME.

    \b
      ocrcore settings
      ocrcore settings limit keep
    """  # noqa: D301 - the backslash is click's
    wanted = [row for row in setting_texts() if not names or any(f"_{name.upper()}" in row.variable for name in names)]
    if not wanted:
        msg = "there is no setting of such a name"
        raise click.BadParameter(msg, param_hint="NAME")
    rows = [(row.variable, row.default, row.meaning, _value(row.variable)) for row in wanted]
    if as_json:
        click.echo(json.dumps([dict(zip(("name", "default", "meaning", "value"), row, strict=True)) for row in rows]))
        return
    for variable, default, meaning, value in rows:
        given = "" if value is None else f", here {value}"
        click.echo(f"{variable}  (default: {default}{given})")
        wide = min(_WIDTH, columns(sys.stdout) or _WIDTH)
        click.echo(textwrap.fill(meaning, wide, initial_indent=_INDENT, subsequent_indent=_INDENT))


def _value(variable: str) -> str | None:
    """Return what the environment says; None if it says nothing."""
    given = os.environ.get(variable) or None
    return "set" if given and variable in _HIDDEN else given
