"""Texts for drawn pages: words, names, numbers, prices, dates and codes, so that no dictionary helps."""

import random
from collections.abc import Iterator
from typing import Final

from languages import paragraphs

#: The share of a text that is no word of a language.
_ODD: Final = 0.15
_SYLLABLES: Final = ("ka", "lo", "mer", "ti", "son", "ba", "ru", "hen")
_LETTERS: Final = "ABCDEFGHKLMNPRSTUVWXYZ"
_WORDS: Final = [word.lower() for word in paragraphs()["eng"].split() if word.isalpha()]


def word(rng: random.Random) -> str:
    """Return an English word."""
    return rng.choice(_WORDS)


def name(rng: random.Random) -> str:
    """Return a name that nobody has."""
    return "".join(rng.choice(_SYLLABLES) for _ in range(3)).capitalize()


def digits(rng: random.Random, number: int) -> str:
    """Return so many digits."""
    return "".join(rng.choice("0123456789") for _ in range(number))


def code(rng: random.Random) -> str:
    """Return letters and a number, as on an invoice."""
    return "".join(rng.choice(_LETTERS) for _ in range(rng.randrange(1, 4))) + digits(rng, rng.randrange(3, 7))


def price(rng: random.Random) -> str:
    """Return an amount with two decimals."""
    return f"{rng.randrange(50, 99_900) / 100:.2f}"


def date(rng: random.Random) -> str:
    """Return a date."""
    return f"{rng.randrange(1, 29):02}/{rng.randrange(1, 13):02}/20{rng.randrange(10, 27)}"


def prose(rng: random.Random, words: int) -> str:
    """Return a text of so many words, names and numbers."""
    odd = (name, price, date, code)
    return " ".join(rng.choice(odd)(rng) if rng.random() < _ODD else word(rng) for _ in range(words))


def wrapped(text: str, width: int) -> Iterator[str]:
    """Yield the lines of a text, each of less than so many letters unless a word is longer."""
    line = ""
    for each in text.split():
        if line and len(line) + len(each) >= width:
            yield line
            line = each
        else:
            line = f"{line} {each}".strip()
    yield line
