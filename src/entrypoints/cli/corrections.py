"""``ocrcore correct`` and ``ocrcore review``: the texts of a running service, put right by people."""

from itertools import islice
from typing import TYPE_CHECKING

import click

from entrypoints.cli.client_command import client_command
from entrypoints.cli.errors import FAILED, fail
from entrypoints.cli.job_ids import item_id as full_item_id
from ocrcore.domain.codes import ProblemCode

if TYPE_CHECKING:
    from entrypoints.client import Client

_FIRST = "from 0, of the page as it was recognised"
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the API's answer as JSON, for machines.")


@client_command("correct", short="Correct the text of a page.")
@click.argument("item_id", metavar="ITEM")
@click.argument("text", required=False)
@click.option("--line", type=click.IntRange(0), help=f"The number of the line, {_FIRST}.")
@click.option("--word", type=click.IntRange(0), help="The number of the word in it, from 0; by default the whole line.")
@click.option(
    "--lines", "numbers", is_flag=True, help="List the lines and words as they were recognised, with numbers."
)
@click.option("--revision", type=click.IntRange(0), help="Correct only if the page still has this revision.")
@_JSON
def correct(  # noqa: PLR0913 - what a person can say
    client: "Client",
    *,
    item_id: str,
    text: str | None,
    line: int | None,
    word: int | None,
    numbers: bool,
    revision: int | None,
    as_json: bool,
) -> None:
    """Write TEXT in place of a word or a line of the page ITEM; an empty TEXT removes it. Without TEXT, list them.

    \b
      ocrcore correct last --lines
      ocrcore correct last "Total: 17" --line 4
      ocrcore correct last/2 17 --line 4 --word 1

    ITEM is the id of a page, or its job and its number in it, from 1, as last/2.
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415
    from entrypoints.client import ApiProblem  # noqa: PLC0415

    item_id = full_item_id(client, item_id)
    if text is None:
        if (line, word, revision) != (None, None, None):
            msg = '--line, --word and --revision need a TEXT; "" removes what is there.'
            raise click.UsageError(msg)
        if numbers:
            layout = client.item_layout(item_id, recognised=True)
            if as_json:
                view.show_json(layout)
            else:
                view.show_numbers(layout)
            return
        found = client.corrections(item_id)
        if as_json:
            view.show_json(found)
        else:
            view.show_corrections(found)
        return
    if line is None:
        msg = "TEXT needs the --line that it is for."
        raise click.UsageError(msg)
    try:
        item = client.correct(item_id, text, line=line, word=word, revision=revision)
    except ApiProblem as problem:
        if problem.code != ProblemCode.EDIT_CONFLICT:
            raise
        place = f"line {line}" if word is None else f"word {word} of line {line}"
        now = "".join(f" {place} is now {shown!r};" for _, _, shown in problem.texts)
        fail(f"Somebody else has corrected this page:{now} to replace it, pass --revision {problem.revision}.", FAILED)
    if as_json:
        view.show_json(item)
    else:
        click.echo(f"CORRECTED {item.id} revision {item.revision}")


@client_command("review", short="List pages to look at; mark one as done.")
@click.argument("item_id", metavar="[ITEM]", required=False)
@click.option("--undo", is_flag=True, help="Take the mark of ITEM back.")
@click.option("--revision", type=click.IntRange(0), help="Mark ITEM only if it still has this revision.")
@click.option("--all", "every", is_flag=True, help="List pages that somebody has looked at, too.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many are listed.")
@_JSON
def review(
    client: "Client",
    *,
    item_id: str | None,
    undo: bool,
    revision: int | None,
    every: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List the pages that nobody has looked at, the least sure first; or mark ITEM as looked at.

    \b
      ocrcore review
      ocrcore review last/2

    ITEM is the id of a page, or its job and its number in it, from 1, as last/2.
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415
    from entrypoints.client import ApiProblem  # noqa: PLC0415

    if item_id is None:
        if undo or revision is not None:
            msg = f"{'--undo' if undo else '--revision'} needs the ITEM that it is about."
            raise click.UsageError(msg)
        found = list(islice(client.least_sure(reviewed=None if every else False), limit))
        if as_json:
            view.show_json(found)
        else:
            view.show_least_sure(found)
        return
    if undo and revision is not None:
        msg = "--revision is for a mark; --undo takes back whichever there is."
        raise click.UsageError(msg)
    item_id = full_item_id(client, item_id)
    try:
        client.review(item_id, reviewed=not undo, revision=revision)
    except ApiProblem as problem:
        if problem.code != ProblemCode.EDIT_CONFLICT:
            raise
        fail(
            "Somebody has corrected this page since; look at it again, and pass --revision"
            f" {problem.revision} to mark it as it is now.",
            FAILED,
        )
    if as_json:
        view.show_json(client.item(item_id))
    else:
        click.echo(f"{'NOT REVIEWED' if undo else 'REVIEWED'} {item_id}")
