"""Makes a site of the documents, as a hook of MkDocs: ``make docs``.

The documents are written to be read in the repository, where README, CHANGELOG and other files that they link to lie
beside ``docs``. So the site has the same folders, and no link changes. Its navigation is the index,
``docs/README.md``: there is one list of pages. What the commands say of themselves, and the list of the decisions,
become pages of their own.
"""

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT: Final = Path(__file__).parents[1]
INDEX: Final = "docs/README.md"
_DECISIONS: Final = "docs/decisions/"
#: Pages that are made here: where they are, and what the navigation calls them.
_COMMANDS: Final = "docs/commands.md"
_LIST: Final = f"{_DECISIONS}index.md"
#: The chapter of the index that the commands belong to.
_REFERENCE: Final = "Look something up"
_LINK: Final = re.compile(r"\]\(([^)\s#]+)")
_ENTRY: Final = re.compile(r"^- \[(.+?)\]\(([^)]+)\)", re.MULTILINE)
#: Prints what each command says of itself.
_HELP: Final = """
import click
from entrypoints.cli import main

def show(command, name, parent):
    context = click.Context(command, info_name=name, parent=parent, max_content_width=100)
    print(f"## `{context.command_path}`\\n\\n```text\\n{command.get_help(context)}\\n```\\n")
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        show(inner, name, context)

show(main, "ocrcore", None)
"""
#: What a browser fetches for a page: the tag, and the address.
_FETCHED: Final = re.compile(
    r"<(script|img|iframe|source|link rel=[\"']?(?:stylesheet|icon))\b[^>]*?\b(?:src|href)=[\"']?([^\"'\s>#?]+)"
)


def navigation(index: str) -> Sequence[Mapping[str, Any]]:
    """Return the chapters of the index, each with its pages: title -> path in the repository."""
    chapters: list[dict[str, Any]] = [{"ocrcore": "README.md"}]
    for chapter in re.split(r"^## ", index, flags=re.MULTILINE)[1:]:
        title = chapter.partition("\n")[0]
        pages = [{name: _resolved(INDEX, link)} for name, link in _ENTRY.findall(chapter)]
        if title == _REFERENCE:
            pages.append({"Commands": _COMMANDS})
        chapters.append({title: pages})
    return [*chapters, {"All documents": INDEX}]


def sources(navigated: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    """Return the files of the repository that the site has: its pages, the decisions, and what they link to."""
    pages = [path for path in _paths(navigated) if (ROOT / path).is_file()]
    pages += [f"{_DECISIONS}{file.name}" for file in sorted((ROOT / _DECISIONS).glob("*.md"))]
    linked = {_resolved(page, link) for page in pages for link in _LINK.findall((ROOT / page).read_text())}
    return [*pages, *sorted(path for path in linked if path not in pages and (ROOT / path).is_file())]


def decisions() -> str:
    """Return the page that lists the decisions."""
    files = sorted((ROOT / _DECISIONS).glob("*.md"))
    titles = [(file.name, file.read_text().partition("\n")[0].removeprefix("# ")) for file in files]
    return "# Decisions\n\nWhy it is as it is, half a page each.\n\n" + "".join(
        f"- [{title}]({name})\n" for name, title in titles
    )


def commands() -> str:
    """Return the page of the commands, as the program describes them."""
    python = ROOT / ".venv/bin/python"  # MkDocs has an environment of its own, without ocrcore
    told = subprocess.run([python, "-c", _HELP], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    return f"# Commands\n\nWhat `--help` of each says; `ocrcore manual | man -l -` is all of it.\n\n{told.stdout}"


def on_config(config: "MkDocsConfig") -> "MkDocsConfig":
    """Make the navigation of the index."""
    config.nav = [dict(chapter) for chapter in navigation((ROOT / INDEX).read_text())]
    return config


def on_files(files: "Files", config: "MkDocsConfig") -> "Files":
    """Put the files of the repository in place of those that MkDocs found, which are those of ``docs`` alone."""
    from mkdocs.structure.files import File  # noqa: PLC0415 - only MkDocs has it

    for file in list(files):
        if file.src_dir == config.docs_dir:  # the others are the theme's
            files.remove(file)
    for path in sources(navigation((ROOT / INDEX).read_text())):
        files.append(File.generated(config, path, abs_src_path=str(ROOT / path)))
    files.append(File.generated(config, _COMMANDS, content=commands()))
    files.append(File.generated(config, _LIST, content=decisions()))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Lead links to the folder of the decisions to their list."""
    return markdown.replace("(decisions/)", "(decisions/index.md)").replace(
        f"({_DECISIONS})", f"({_DECISIONS}index.md)"
    )


def on_post_build(config: "MkDocsConfig") -> None:
    """Fail if a page fetches anything from elsewhere, as it has to work without a network, or what is not there."""
    for page in Path(config.site_dir).rglob("*.html"):
        for tag, address in _FETCHED.findall(page.read_text()):
            base = Path(config.site_dir) if address.startswith("/") else page.parent
            if "//" in address or not (base / address.lstrip("/")).is_file():
                msg = f"{page} would fetch {address} by <{tag}>."
                raise SystemExit(msg)


def _paths(navigated: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for entry in navigated:
        for value in entry.values():
            if isinstance(value, str):
                yield value
            else:
                yield from _paths(value)


def _resolved(source: str, link: str) -> str:
    """Return the path in the repository of what a document links to."""
    parts: list[str] = []
    for part in (*PurePosixPath(source).parent.parts, *PurePosixPath(link).parts):
        if part == "..":
            parts = parts[:-1]
        else:
            parts.append(part)
    path = "/".join(parts)
    return f"{path}/index.md" if f"{path}/" == _DECISIONS else path
