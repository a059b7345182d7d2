"""Writes what is made of other texts: installed settings, the table of job options, the page about the library."""

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from entrypoints import client, library
from entrypoints.extras import ExtraMissing
from entrypoints.library.reading import Reading, ReadPage
from entrypoints.settings import SettingsError
from ocrcore.domain import errors
from ocrcore.domain.options import OPTIONS, JobOptions, Option

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs/settings.md"
SETTINGS = ROOT / "src/entrypoints/settings.md"
LIBRARY = ROOT / "docs/library.md"
OPTION_PAGE = ROOT / "docs/options.md"

#: Chapter -> what is described in it.
CHAPTERS: dict[str, list[Any]] = {
    "Files in, text out": [library.read, Reading, ReadPage],
    "A service in your program": [library.open_local, library.open_aws, library.Session],
    "A client of a running service": [client.Client],
    "Errors": [
        *(errors.OcrError, errors.Refusal, errors.PageFailed, errors.Unavailable, SettingsError, ExtraMissing),
        *(client.ClientError, client.ApiProblem, client.NoAnswer),
    ],
}
#: Option -> the setting that has a say, and which.
_SETTINGS = {
    "languages": "the setting `OCR_LANGUAGES`, which is {default} by default",
    "engine": "{default}: what `OCR_ENGINE` says",
    "quality": "the setting `OCR_QUALITY`, which is {default} by default",
    "expires_in": "the setting `OCR_JOB_TTL`, which is {default} by default, and no more than it",
    "keep": "{default}, and no longer than the setting `OCR_KEEP`",
}
#: The table of the options; its first line is its own.
_OPTION_TABLE = re.compile(r"^\| option \|.*\n(?:\|.*\n)+", re.MULTILINE)
_ROLE = re.compile(r":(?:\w+):`~?([^`]+)`")
#: A function that is a default.
_FUNCTION = re.compile(r"<function [^>]*>(?: at 0x[0-9a-f]+>)?")
#: An annotation, which is quoted because it is not evaluated.
_QUOTED = re.compile(r"(: |-> )'([^']*)'")
#: The end of a paragraph before an example, and the example.
_CODE = re.compile(r"(?:\n\n:|(:)):\n\n((?:    .*\n?|\n)+)")


def settings() -> str:
    """Return the table of the settings, as ``docs/settings.md`` has it."""
    table = re.search(r"^\| variable \| default \| meaning \|\n(?:\|.*\n)+", TABLE.read_text(), re.MULTILINE)
    return table[0] if table else ""


def option_page() -> str:
    """Return the page about the options of a job, with the table as the code has it."""
    return _OPTION_TABLE.sub(lambda _: "\n".join(_option_rows()) + "\n", OPTION_PAGE.read_text())


def _option_rows() -> Iterator[str]:
    yield "| option | values | without it | meaning |"
    yield "|---|---|---|---|"
    for option in OPTIONS:
        values = ", ".join(f"`{value}`" for value in option.choices) or option.range
        yield f"| `{option.name}` | {values} | {_default(option)} | {option.help} |"


def _default(option: Option) -> str:
    """Return what counts for a job that does not name an option."""
    value = getattr(JobOptions(), option.name)
    # As it is written, which for a duration is not its JSON.
    text = next((text for text in option.examples if option.read(text) == value), str(option.to_json(value)))
    return _SETTINGS.get(option.name, "{default}").format(default=f"`{text}`")


def page() -> str:
    """Return the page about the library, of the docstrings."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "# Library\n"
    yield "Made of the docstrings by `scripts/write_reference.py`; `help()` shows the same. The options of `read`,"
    yield "`submit` and `draft` are the [job options](options.md).\n"
    yield "Install it in an environment of its own, by `python3 -m venv ~/ocr` and `~/ocr/bin/pip install .` in a clone"
    yield "(`'.[client]'` in place of `.` for a client): its package `entrypoints` has a name that others use, too.\n"
    yield f"{_markdown(inspect.getdoc(library) or '')}\n"
    for chapter, things in CHAPTERS.items():
        yield f"## {chapter}\n"
        for thing in things:
            yield from _described(thing)


def _described(thing: Any) -> Iterator[str]:  # noqa: ANN401 - a function or a class
    yield f"### `{thing.__name__}`\n"
    if not isinstance(thing, type) or thing is client.Client:
        yield f"```python\n{thing.__name__}{_signature(thing)}\n```\n"
    yield f"{_markdown(inspect.getdoc(thing) or '')}\n"
    for name, member in vars(thing).items() if isinstance(thing, type) else ():
        text = inspect.getdoc(member)
        if name.startswith("_") or not text or isinstance(member, str):
            continue
        if inspect.isfunction(member):
            yield f"- **`{name}{_signature(member)}`**: {_item(text)}"
        else:
            yield f"- **`{name}`**: {_item(text)}"
    yield ""


def _signature(function: Any) -> str:  # noqa: ANN401 - any callable
    """Return the signature as a reader wants it: without self, and with short names of types."""
    signature = inspect.signature(function)
    own = [one for name, one in signature.parameters.items() if name != "self"]
    text = _FUNCTION.sub("...", str(signature.replace(parameters=own)))
    text = _QUOTED.sub(r"\1\2", text)
    return re.sub(r"Unpack\[\w+\]", "options", text).replace("**options: options", "**options")


def _item(text: str) -> str:
    """Return a docstring as one entry of a list."""
    return " ".join(_markdown(text).split())


def _markdown(text: str) -> str:
    """Return a docstring in Markdown."""
    plain = _ROLE.sub(lambda match: f"`{match[1].rpartition('.')[2]}`", text).replace("``", "`")
    return _CODE.sub(_example, plain)


def _example(match: re.Match[str]) -> str:
    return f"{match[1] or ''}\n\n```python\n{textwrap.dedent(match[2]).strip()}\n```\n\n"


def main() -> None:
    """Write them, and name those that have changed."""
    for file, text in {SETTINGS: settings(), LIBRARY: page(), OPTION_PAGE: option_page()}.items():
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
            sys.stdout.write(f"{file.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
