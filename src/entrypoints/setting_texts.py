"""What each setting is for: the table of ``docs/settings.md``, for ``ocrcore settings`` and the manual page.

``settings.md`` is a copy of that table (``scripts/write_reference.py`` makes it), because ``docs`` is not
installed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

_ROW: Final = re.compile(r"^\| `(\w+)` \| (.*?) \| (.*?) \|$", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^]]*)\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class SettingText:
    """One row of the table."""

    #: The variable of the environment.
    variable: str
    default: str
    #: What it is, and which values it may have.
    meaning: str


def setting_texts() -> Sequence[SettingText]:
    """Return every setting, in the order of the table."""
    rows = _ROW.findall((files("entrypoints") / "settings.md").read_text(encoding="utf-8"))
    return [SettingText(variable, _plain(default), _plain(meaning)) for variable, default, meaning in rows]


def _plain(markdown: str) -> str:
    """Return a text without Markdown, for a terminal."""
    return _LINK.sub(r"\1", markdown).replace("`", "")
