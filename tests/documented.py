"""The commands and examples in the documents."""

import re
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: The documents that a newcomer follows, command by command, on one desk.
GUIDES = ("README.md", "docs/first-steps.md", "docs/how-to.md", "docs/http-api.md")


def blocks(document: str, *languages: str) -> Sequence[str]:
    """Return the blocks of code in these languages."""
    kinds = "|".join(languages)
    return [
        text
        for _, text in re.findall(
            rf"^```({kinds})\n(.*?)^```$", (ROOT / document).read_text(), re.DOTALL | re.MULTILINE
        )
    ]


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
