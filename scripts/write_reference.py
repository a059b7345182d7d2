"""Writes what is made of other texts: the settings that are installed, of the README's table."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
SETTINGS = ROOT / "src/entrypoints/settings.md"


def settings() -> str:
    """Return the README's table of the settings."""
    table = re.search(r"^\| variable \| default \| meaning \|\n(?:\|.*\n)+", README.read_text(), re.MULTILINE)
    return table[0] if table else ""


def main() -> None:
    """Write them, and name those that have changed."""
    for file, text in {SETTINGS: settings()}.items():
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
            sys.stdout.write(f"{file.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
