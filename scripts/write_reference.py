"""Writes what is made of other texts: the settings that are installed, and the page about the library."""

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

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs/settings.md"
SETTINGS = ROOT / "src/entrypoints/settings.md"
LIBRARY = ROOT / "docs/library.md"

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


def page() -> str:
    """Return the page about the library, of the docstrings."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "# Library\n"
    yield "Made of the docstrings by `scripts/write_reference.py`; `help()` shows the same.\n"
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
    for file, text in {SETTINGS: settings(), LIBRARY: page()}.items():
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
            sys.stdout.write(f"{file.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
