"""Animations of many frames: a page costs as much as the frames that it shows, and looks as if all had been decoded."""

import io
import struct
from collections.abc import Callable
from random import Random

import pytest
from PIL import GifImagePlugin, Image

from adapters.imaging.essence import Essence, essence_of
from adapters.imaging.grey import grey
from adapters.imaging.headers.bounded import PageMissing
from adapters.imaging.headers.header import PictureHeader

SIZE = (24, 16)
COLOURS = bytes([0, 0, 0, 255, 0, 0, 0, 0, 255, 255, 255, 255])


def a_frame(random: Random, size: tuple[int, int], colours: int = 4) -> Image.Image:
    frame = Image.frombytes("P", size, bytes(random.randrange(colours) for _ in range(size[0] * size[1])))
    frame.putpalette(COLOURS)
    return frame


def a_place(random: Random, *, whole: bool, step: int = 1) -> tuple[int, int, int, int]:
    """Return where a frame is, and its size: the whole canvas or a part of it."""
    if whole:
        return 0, 0, *SIZE
    left, top = random.randrange(0, SIZE[0] - 4, step), random.randrange(0, SIZE[1] - 4, step)
    return left, top, random.randint(1, SIZE[0] - left), random.randint(1, SIZE[1] - top)


def a_gif(random: Random, frames: int, share: float = 0.5, odd: bool = True) -> bytes:  # noqa: FBT001, FBT002
    """Return an animation of which this share of frames covers the screen; odd ones may show what is below."""
    parts = [b"GIF89a", struct.pack("<HHBBB", *SIZE, 0x81, 0, 0), COLOURS]
    for _ in range(frames):
        left, top, *size = a_place(random, whole=random.random() < share)
        if odd and random.random() < 0.03:
            left += 5  # so the screen grows
        how = {"disposal": random.choice([0, 0, 0, 1, 2, 3])} if odd else {}
        if odd and random.random() < 0.3:
            how["transparency"] = random.randrange(4)
        parts += GifImagePlugin.getdata(a_frame(random, (size[0], size[1])), (left, top), optimize=False, **how)
    return b"".join([*parts, b";"])


def a_webp(random: Random, frames: int, share: float = 0.5, odd: bool = True) -> bytes:  # noqa: FBT001, FBT002
    """Return an animation of which this share of frames covers the canvas; odd ones may show what is below."""
    parts = [b"ANIM" + struct.pack("<IIH", 6, 0, 0)]
    for _ in range(frames):
        left, top, *size = a_place(random, whole=random.random() < share, step=2)
        picture = a_frame(random, (size[0], size[1])).convert("RGBA")
        if odd:
            picture.putalpha(Image.frombytes("L", picture.size, random.randbytes(size[0] * size[1])))
        picture = picture if odd and random.random() < 0.5 else picture.convert("RGB")
        picture.save(file := io.BytesIO(), "WEBP", lossless=random.random() < 0.5, method=0)
        chunks = file.getvalue()[12:]
        if chunks.startswith(b"VP8X"):
            chunks = chunks[18:]
        flags = random.randrange(4) if odd else 0
        sides = b"".join(
            struct.pack("<I", number)[:3] for number in (left // 2, top // 2, size[0] - 1, size[1] - 1, 90)
        )
        parts.append(b"ANMF" + struct.pack("<I", 16 + len(chunks)) + sides + bytes([flags]) + chunks)
    sides = b"".join(struct.pack("<I", side - 1)[:3] for side in SIZE)
    exif = b"EXIF\x04\0\0\0Exif"
    body = b"".join([b"WEBPVP8X\x0a\0\0\0", bytes([0x1A, 0, 0, 0]), sides, *parts, exif])
    return b"RIFF" + struct.pack("<I", len(body)) + body


MAKERS: dict[str, Callable[..., bytes]] = {"gif": a_gif, "webp": a_webp}


def page(kind: str, source: bytes, number: int) -> Essence:
    return essence_of(source, PictureHeader(kind, *SIZE, several=True), number)


def seen(essence: Essence) -> tuple[tuple[int, int], bytes]:
    """Return the size of a page and its pixels."""
    picture = essence.open()
    picture.load()
    shown = grey(picture, essence)
    return shown.size, shown.tobytes()


@pytest.mark.parametrize("kind", MAKERS)
def test_a_frame_looks_as_if_all_before_it_had_been_decoded(kind: str) -> None:
    cut = 0
    for seed in range(60):
        source = MAKERS[kind](Random(seed), 8)  # noqa: S311 - no secret
        for number in range(1, 9):
            essence = page(kind, source, number)
            cut += number > 1 and essence.frame < number - 1
            assert seen(essence) == seen(Essence(kind, source, 1, frame=number - 1)), (seed, number)
    assert cut > 60  # of 420


@pytest.mark.parametrize("kind", MAKERS)
def test_a_page_of_a_long_animation_costs_no_more_than_its_own_frame(kind: str) -> None:
    source = MAKERS[kind](Random(1), 200, 1.0, odd=False)  # noqa: S311
    lossless = kind == "gif"
    pages = [page(kind, source, number) for number in range(2, 201)]
    assert sum(essence.frame + 1 for essence in pages) <= (1 if lossless else 3) * len(pages)
    assert max(len(essence.content) for essence in pages) < len(source) / 10


@pytest.mark.parametrize("kind", MAKERS)
def test_an_animation_has_no_page_behind_its_last(kind: str) -> None:
    source = MAKERS[kind](Random(1), 3, odd=False)  # noqa: S311
    assert page(kind, source, 3).frame < 3
    with pytest.raises(PageMissing):
        page(kind, source, 4)
