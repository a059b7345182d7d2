"""Draw pages of several kinds, and degrade them as printers, scanners, copies and cameras do.

All pages follow from a seed.
"""

import io
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from texts import code, date, digits, name, price, prose, word, wrapped

#: The lines of a page, and the size of its letters in pixels.
Text = tuple[Sequence[str], int]

_PAPER: Final = 255
#: Around the text, and from line to line, in sizes.
_MARGIN, _LINE = 2, 1.4
#: The least size of letters of which the strokes survive being made thinner.
_BOLD: Final = 24
#: The share of pages that a kind of damage is done to.
_OFTEN: Final = 0.5
_HALF: Final = 128


@dataclass(frozen=True)
class Degraded:
    """A page as JPEG, its text, and the kind of page."""

    picture: bytes
    text: str
    kind: str


def degraded(fonts: Sequence[Path], number: int, seed: int) -> Iterator[Degraded]:
    """Yield pages, each kind in turn, each in one of the fonts."""
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    for place in range(number):
        kind = list(KINDS)[place % len(KINDS)]
        lines, size = KINDS[kind](rng)
        page = _drawn(lines, ImageFont.truetype(str(rng.choice(fonts)), size), size)
        yield Degraded(_scanned(page, size, rng), "\n".join(lines), kind)


def _receipt(rng: random.Random) -> Text:
    lines = [f"{name(rng)} {name(rng)}".upper(), f"NO. {rng.randrange(1, 300)}, {name(rng).upper()} {code(rng)}"]
    lines += [f"TEL: {digits(rng, 2)}-{digits(rng, 8)}", f"{date(rng)} {digits(rng, 2)}:{digits(rng, 2)}"]
    for _ in range(rng.randrange(8, 20)):
        goods = " ".join(word(rng).upper() for _ in range(rng.randrange(1, 4)))
        lines.append(f"{rng.randrange(1, 20)} {goods}  {price(rng)}")
    return [*lines, f"TOTAL  {price(rng)}", f"CASH  {price(rng)}", "THANK YOU"], rng.randrange(15, 34)


def _prose(rng: random.Random) -> Text:
    return list(wrapped(prose(rng, 150), rng.randrange(40, 90))), rng.randrange(18, 36)


def _small_print(rng: random.Random) -> Text:
    return list(wrapped(prose(rng, 200), rng.randrange(70, 110))), rng.randrange(11, 17)


def _form(rng: random.Random) -> Text:
    """Return what is asked, and the answers."""
    values: Sequence[Callable[[random.Random], str]] = (name, date, code, price)
    lines = [f"{word(rng).capitalize()} {word(rng)}: {rng.choice(values)(rng)}" for _ in range(rng.randrange(12, 30))]
    return lines, rng.randrange(16, 34)


KINDS: Final[Mapping[str, Callable[[random.Random], Text]]] = {
    "receipt": _receipt,
    "prose": _prose,
    "small print": _small_print,
    "form": _form,
}


def _drawn(lines: Sequence[str], font: ImageFont.FreeTypeFont, size: int) -> Image.Image:
    width = round(max(font.getlength(line) for line in lines)) + 2 * _MARGIN * size
    page = Image.new("L", (width, round(size * (_LINE * len(lines) + 2 * _MARGIN))), _PAPER)
    pen = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        pen.text((_MARGIN * size, round(size * (_MARGIN + _LINE * number))), line, 0, font)
    return page


def _scanned(page: Image.Image, size: int, rng: random.Random) -> bytes:
    """Return the page as JPEG, with about a half of these kinds of damage, each of its own degree."""
    damages: Sequence[Callable[[Image.Image], Image.Image]] = (
        lambda page: page.rotate(rng.uniform(-1, 1), Image.Resampling.BICUBIC, fillcolor=_PAPER),
        lambda page: _bolder_or_thinner(page, rng) if size > _BOLD else page,
        lambda page: _coarse(page, rng.uniform(0.55, 0.9)),
        lambda page: page.filter(ImageFilter.GaussianBlur(size / rng.uniform(18, 60))),
        lambda page: _faded(page, rng.randrange(60, 190)),
        lambda page: Image.blend(page, _noise(page.size, rng), rng.uniform(0.05, 0.35)),
        lambda page: page.point([0 if level < _HALF else _PAPER for level in range(256)]),
    )
    for damage in damages:
        if rng.random() < _OFTEN:
            page = damage(page)
    file = io.BytesIO()
    page.save(file, "JPEG", quality=rng.randrange(20, 90))
    return file.getvalue()


def _bolder_or_thinner(page: Image.Image, rng: random.Random) -> Image.Image:
    return page.filter(rng.choice((ImageFilter.MinFilter(3), ImageFilter.MaxFilter(3))))


def _coarse(page: Image.Image, scale: float) -> Image.Image:
    fewer = page.resize((round(page.width * scale), round(page.height * scale)), Image.Resampling.BILINEAR)
    return fewer.resize(page.size, Image.Resampling.BICUBIC)


def _faded(page: Image.Image, ink: int) -> Image.Image:
    return page.point([round(ink + level * (_PAPER - ink) / _PAPER) for level in range(256)])


def _noise(size: tuple[int, int], rng: random.Random) -> Image.Image:
    return Image.frombytes("L", size, rng.randbytes(size[0] * size[1]))
