"""The pages of the demonstration: drawn with known text, and degraded like real ones."""

import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

from PIL import Image, ImageDraw, ImageFilter, ImageFont

_FONT = str(files("font_roboto") / "files" / "Roboto-Regular.ttf")
_WHITE = 255
#: EXIF's tag for the orientation of the camera, and its value for a quarter turn.
_ORIENTATION, _QUARTER_TURN = 0x0112, 6


@dataclass(frozen=True)
class DemoPage:
    """A file to send, and its known text."""

    name: str
    #: How it is degraded, for people.
    what: str
    text: str
    content: bytes


def pages() -> list[DemoPage]:
    """Return the pages, with the same bytes every time."""
    return [
        _page(
            "letter.png",
            "clean",
            "Dear reader,\nthis page was drawn just now,\nsent over HTTP, stored, queued,\nand read by a worker.",
            lambda page: _save(page, "PNG"),
        ),
        _page(
            "photo.jpg",
            "a camera held upright",
            "INVOICE 2026-1123\nPaper, 500 sheets 12.50\nInk, black 31.90\nTotal 44.40",
            _turned_by_exif,
        ),
        _page(
            "fax.tif",
            "noisy",
            "Minutes of the meeting\nThe bridge will be painted\nin spring, before boats\ncome back to the harbour.",
            lambda page: _save(_noisy(page), "TIFF"),
        ),
        _page(
            "copy.png",
            "skewed by two degrees",
            "Bread\nFlour, water, salt, yeast.\nLet it rest for three hours,\nbake it for 40 minutes.",
            lambda page: _save(page.rotate(2, Image.Resampling.BICUBIC, expand=True, fillcolor=_WHITE), "PNG"),
        ),
        _page(
            "carta.webp",
            "Portuguese",
            "Não há razão para pressa.\nA estação fica à direita,\nonde começa a rua do pão\ne terminam as férias.",
            lambda page: _save(page, "WEBP", lossless=True),
        ),
    ]


def _page(name: str, what: str, text: str, finish: Callable[[Image.Image], bytes]) -> DemoPage:
    page = Image.new("L", (900, 420), _WHITE)
    ImageDraw.Draw(page).multiline_text((60, 50), text, fill=0, font=ImageFont.truetype(_FONT, 44), spacing=24)
    return DemoPage(name, what, text, finish(page))


def _save(page: Image.Image, form: str, **options: object) -> bytes:
    content = io.BytesIO()
    page.save(content, form, **options)
    return content.getvalue()


def _turned_by_exif(page: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[_ORIENTATION] = _QUARTER_TURN
    return _save(page.rotate(90, expand=True), "JPEG", quality=90, exif=exif)


def _noisy(page: Image.Image) -> Image.Image:
    generator = random.Random(5)  # noqa: S311 - for noise, not for secrets
    noise = Image.frombytes("L", page.size, generator.randbytes(page.width * page.height))
    return Image.blend(page.filter(ImageFilter.GaussianBlur(1)), noise, 0.3)
