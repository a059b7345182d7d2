"""The measured pictures: those of a folder, or drawn receipts."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageFont

#: A font, and words.
FONT: Final = str(files("font_roboto") / "files" / "Roboto-Regular.ttf")
_KINDS: Final = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"})
_SIZE: Final = (900, 1500)
_DRAWN: Final = 16
GOODS: Final = ("bread", "butter", "milk", "coffee", "sugar", "apples", "paper", "soap", "candles", "flour", "rice")


@dataclass(frozen=True)
class Picture:
    """A file to recognise, and its text if that is known."""

    path: Path
    text: str | None


def labelled(folder: Path) -> Sequence[Picture]:
    """Return the pictures of a folder by name, each with the text of the ``.txt`` file beside it, if there is one."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _KINDS)
    return [Picture(path, _text_beside(path)) for path in paths]


def _text_beside(path: Path) -> str | None:
    beside = path.with_suffix(".txt")
    return beside.read_text(encoding="utf-8", errors="replace") if beside.exists() else None


def drawn(folder: Path) -> Sequence[Picture]:
    """Draw receipts into the folder and return them; they are the same every time."""
    return [_draw(folder / f"receipt-{number:02}.jpg", random.Random(number)) for number in range(_DRAWN)]  # noqa: S311 - not for secrets


def _draw(path: Path, rng: random.Random) -> Picture:
    lines = list(_lines(rng))
    page = Image.new("RGB", _SIZE, "white")
    pen, font = ImageDraw.Draw(page), ImageFont.truetype(FONT, 30)
    for number, line in enumerate(lines):
        pen.text((70, 60 + 44 * number), line, (40, 40, 50), font)
    page = page.rotate(rng.uniform(-1, 1), Image.Resampling.BICUBIC, fillcolor="white")
    noise = Image.frombytes("RGB", _SIZE, rng.randbytes(3 * _SIZE[0] * _SIZE[1]))
    Image.blend(page.filter(ImageFilter.GaussianBlur(0.8)), noise, 0.15).save(path, quality=85)
    return Picture(path, "\n".join(lines))


def _lines(rng: random.Random) -> Iterator[str]:
    yield f"STORE {rng.randrange(1000)}"
    yield f"2026-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}  {rng.randrange(24):02}.30"
    for _ in range(26):
        yield f"{rng.randrange(1, 9)} {rng.choice(GOODS)} {rng.randrange(100, 9900) / 100:.2f}"
    yield f"TOTAL {rng.randrange(10000, 90000) / 100:.2f}"


def copies(pictures: Sequence[Picture], number: int, folder: Path) -> Sequence[Path]:
    """Copy the pictures, repeated as needed, into ``number`` files of a new folder, each with its own name."""
    folder.mkdir()
    paths = []
    for index in range(number):
        source = pictures[index % len(pictures)].path
        path = folder / f"{index:03}-{source.name}"
        path.write_bytes(source.read_bytes())
        paths.append(path)
    return paths


def in_grey(paths: Sequence[Path], folder: Path) -> Sequence[Path]:
    """Return the same pictures as uncompressed grey bitmaps in a new folder."""
    folder.mkdir()
    grey = []
    for path in paths:
        with Image.open(path) as picture:
            picture.convert("L").save(folder / f"{path.stem}.bmp")
        grey.append(folder / f"{path.stem}.bmp")
    return grey
