"""``ocrcore engines``: which engines read pages here, in which languages, and which one a job gets."""

import json
import sys
import textwrap
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click

from entrypoints.cli.environment import read_environment
from entrypoints.cli.errors import errors_in_one_line
from entrypoints.cli.terminal import columns
from ocrcore.domain.errors import InvalidOption, UnsupportedLanguage
from ocrcore.domain.options import QUALITIES, JobOptions, parse_languages

if TYPE_CHECKING:
    from adapters.engines.engine import ChildEngine

#: Columns where there is no terminal, and of a wide one.
_WIDTH: Final = 100
_INDENT: Final = "    "
#: Longest wait for an engine to be loaded.
_LONGEST_LOAD: Final = timedelta(seconds=30)


@click.command("engines", short_help="Show the engines of this machine.")
@click.option("--languages", "-l", help="Languages as of a job, for example eng+por; by default OCR_LANGUAGES.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")
@errors_in_one_line
def engines(languages: str | None, *, as_json: bool) -> None:
    """Show the engines, the languages that each reads, what another engine needs, and which one a job gets.

    \b
      ocrcore engines
      ocrcore engines -l por+eng
    """  # noqa: D301 - the backslash is click's
    from entrypoints.container import open_engine  # noqa: PLC0415 - so that every command starts fast

    settings = read_environment()
    wanted = parse_languages(languages) if languages else settings.languages
    with open_engine(settings) as engine:
        _load(engine)
        chosen = _chosen(engine, wanted)
        if as_json:
            click.echo(json.dumps(_document(engine, wanted, chosen)))
        else:
            _show(engine, wanted, chosen)


def _load(engine: "ChildEngine") -> None:
    """Load every engine, so that it is shown what each one runs on, and not what it is meant to."""
    from adapters.engines.framing import Closed, OutOfTime  # noqa: PLC0415
    from ocrcore.ports.engine import EngineFailure, EngineUnavailable  # noqa: PLC0415

    for name in engine.installed:
        with suppress(EngineFailure, EngineUnavailable, Closed, OutOfTime, ValueError):  # shown as it says of itself
            engine.load(name, _LONGEST_LOAD)


def _chosen(engine: "ChildEngine", languages: tuple[str, ...]) -> Mapping[str, str]:
    """Return for each quality the engine of a job in these languages, or why it is refused."""
    found: dict[str, str] = {}
    for quality in QUALITIES:
        try:
            choice = engine.choice(JobOptions(languages=languages, quality=quality))
            found[quality] = engine.offers[choice].version
        except (InvalidOption, UnsupportedLanguage) as refusal:
            found[quality] = str(refusal)
    return found


def _document(engine: "ChildEngine", languages: tuple[str, ...], chosen: Mapping[str, str]) -> Mapping[str, object]:
    there = [
        {"name": name, "version": offer.version, "languages": offer.languages, "reads_well": offer.good_languages}
        for name, offer in engine.installed.items()
    ]
    return {"engines": there, "missing": engine.missing, "languages": languages, "quality": chosen}


def _show(engine: "ChildEngine", languages: tuple[str, ...], chosen: Mapping[str, str]) -> None:
    wide = min(_WIDTH, columns(sys.stdout) or _WIDTH)
    for name, offer in engine.installed.items():
        click.echo(f"{name}: {offer.version}")
        _paragraph(" ".join(offer.languages), wide)
        if set(offer.good_languages) != set(offer.languages):
            _paragraph(f"as well as any other: {' '.join(offer.good_languages)}", wide)
    for name, sentence in engine.missing.items():
        click.echo(f"{name}: not here")
        _paragraph(sentence, wide)
    click.echo(f"of a job in {'+'.join(languages)}")
    for quality, answer in chosen.items():
        _paragraph(f"quality={quality}: {answer}", wide)


def _paragraph(text: str, wide: int) -> None:
    click.echo(textwrap.fill(text, wide, initial_indent=_INDENT, subsequent_indent=_INDENT))
