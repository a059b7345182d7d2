"""The commands and examples in the documents."""

import re
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: The documents that a newcomer follows, command by command, on one desk.
GUIDES = ("README.md", "docs/first-steps.md", "docs/how-to.md", "docs/http-api.md")
#: The document that an operator follows, on machines of their own; tests/machines does.
SHELF = "docs/deploy-shelf.md"


def blocks(document: str, *languages: str) -> Sequence[str]:
    """Return the blocks of code in these languages."""
    kinds = "|".join(languages)
    return [
        text
        for _, text in re.findall(
            rf"^```({kinds})\n(.*?)^```$", (ROOT / document).read_text(), re.DOTALL | re.MULTILINE
        )
    ]


def shelf_blocks(heading: str) -> Sequence[str]:
    """Return what an operator pastes below a heading, block by block."""
    section = re.split(r"^#{2,3} ", (ROOT / SHELF).read_text(), flags=re.MULTILINE)
    (below,) = [text for text in section if text.startswith(f"{heading}\n")]
    return re.findall(r"^```sh\n(.*?)^```$", below, re.DOTALL | re.MULTILINE)


def settings_in(block: str) -> dict[str, str]:
    """Return the settings of a block that has nothing else, as a file of systemd; of any other, none."""
    lines = block.splitlines()
    found = [re.fullmatch(r"([A-Z][A-Z0-9_]+)=(\S*)", line) for line in lines]
    return {line[1]: line[2] for line in found if line} if all(found) else {}


def shelf_settings(heading: str) -> dict[str, str]:
    """Return the settings that are shown below a heading."""
    (found,) = filter(None, map(settings_in, shelf_blocks(heading)))
    return found


def console(document: str) -> Sequence[tuple[str, str]]:
    """Return each command that is typed, and what is shown below it; a line that ends in a backslash goes on."""
    found: list[tuple[str, str]] = []
    for block in blocks(document, "console"):
        for typed in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = re.sub(r"\\\n\s*", "", typed).partition("\n")
            found.append((command, shown.strip()))
    return found


def commands(document: str) -> Sequence[str]:
    """Return the commands that are typed."""
    return [command for command, _ in console(document)]


def examples(document: str) -> Sequence[str]:
    """Return the programs in Python."""
    return blocks(document, "python")
