"""Sentences that are told in several languages: which one it is, and what is put in.

The core has the English texts, in tables by key. Whoever speaks another language has a table with the same keys.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Union

from ocrcore.domain.instants import shown_instant

#: What is put into a sentence: an instant, a number, a word, or a part that is told in the language, too.
Part = Union[datetime, int, str, "Sentence"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or a part of one: the key of its text, and what is put in for the names in braces."""

    key: str
    values: Mapping[str, Part] = field(default_factory=dict)

    def told(self, texts: Mapping[str, str], number: Callable[[int], str] = str) -> str:
        """Return it in the language of ``texts``; ``number`` writes numbers as the language does."""
        return texts[self.key].format_map({name: _told(part, texts, number) for name, part in self.values.items()})


def counted(key: str, number: int) -> Sentence:
    """Return a part that counts something, whose texts have the keys ``key.one`` and ``key.many``."""
    return Sentence(f"{key}.{'one' if number == 1 else 'many'}", {"n": number})


def _told(part: Part, texts: Mapping[str, str], number: Callable[[int], str]) -> str:
    match part:
        case Sentence():
            return part.told(texts, number)
        case datetime():
            return shown_instant(part)
        case int():
            return number(part)
    return part
