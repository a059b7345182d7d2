"""The manual page: ``ocrcore(1)``, from the texts of the commands, their options and the settings."""

import inspect
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import click

from entrypoints.setting_texts import setting_texts

_STATUSES: Final = (
    ("0", "Everything was done."),
    ("1", "A file, a page, a job or the service failed; a line on stderr says which, and why."),
    ("2", "The command or a setting was not understood."),
    ("130", "It was interrupted by Ctrl-C."),
)
_VARIABLES: Final = (
    ("OCRCORE_URL", "The address of the service, as --url."),
    ("OCRCORE_KEY", "The key that the service asks for."),
    ("NO_COLOR", "Switches colours off if it is not empty."),
)
#: What click ends a paragraph with whose lines stay as they are.
_VERBATIM: Final = "\b"


def manual(program: click.Group) -> str:
    """Return the page in the language of man."""
    ctx = click.Context(program, info_name="ocrcore")
    return "\n".join(_page(program, ctx)) + "\n"


def _page(program: click.Group, ctx: click.Context) -> Iterator[str]:
    summary, *text = _paragraphs(program)
    yield '.TH OCRCORE 1 "" "ocrcore" "User Commands"'
    yield ".SH NAME"
    yield _text(f"ocrcore - {summary[0].lower()}{summary[1:].rstrip('.')}")
    yield ".SH SYNOPSIS"
    yield ".B ocrcore"
    yield "COMMAND [OPTIONS] [ARGUMENTS]"
    yield ".SH DESCRIPTION"
    yield from _body(text)
    yield ".SH COMMANDS"
    for command, inner in _commands(program, ctx):
        yield from _command(command, inner)
    yield ".SH SETTINGS"
    yield "Variables of the environment. A duration is an integer followed by s, m, h or d, at most 36500d."
    yield from _list((f"{row.variable} (default: {row.default})", row.meaning) for row in setting_texts())
    yield ".SH ENVIRONMENT"
    yield from _list(_VARIABLES)
    yield ".SH EXIT STATUS"
    yield from _list(_STATUSES)


def _commands(group: click.Group, ctx: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    """Yield all commands below a group that are not hidden, each with its context."""
    for name, command in sorted(group.commands.items()):
        if command.hidden:
            continue
        inner = click.Context(command, info_name=name, parent=ctx)
        yield command, inner
        if isinstance(command, click.Group):
            yield from _commands(command, inner)


def _command(command: click.Command, ctx: click.Context) -> Iterator[str]:
    usage = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
    yield f".SS {_text(usage)}"
    yield from _body(_paragraphs(command))
    records = (option.get_help_record(ctx) for option in command.params if isinstance(option, click.Option))
    yield from _list([record for record in records if record])


def _paragraphs(command: click.Command) -> Sequence[str]:
    return inspect.cleandoc(command.help or "").split("\n\n")


def _body(paragraphs: Sequence[str]) -> Iterator[str]:
    """Yield paragraphs, filled, or line by line where they are examples."""
    for number, paragraph in enumerate(paragraphs):
        if number:
            yield ".PP"
        first, _, rest = paragraph.partition("\n")
        if first == _VERBATIM:
            yield ".nf"
            yield from map(_text, textwrap.dedent(rest).splitlines())
            yield ".fi"
        else:
            yield _text(" ".join(paragraph.split()))


def _list(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, meaning in entries:
        yield ".TP"
        yield f".B {_text(term)}"
        yield _text(" ".join(meaning.split()))


def _text(text: str) -> str:
    """Return a line of text whose characters mean nothing to man."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return f"\\&{escaped}" if escaped.startswith((".", "\\(aq")) else escaped


@click.command("manual", short_help="Print the manual page, for man -l -.")
@click.pass_context
def manual_command(ctx: click.Context) -> None:
    """Print the manual page, for man.

    \b
      ocrcore manual | man -l -
    """  # noqa: D301 - the backslash is click's
    program = ctx.find_root().command
    click.echo(manual(program) if isinstance(program, click.Group) else "", nl=False)
