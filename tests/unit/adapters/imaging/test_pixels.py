"""Pixels of every form, compared with those of decoders that share no code with ours."""

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from hypothesis import assume, example, given
from hypothesis import strategies as st
from PIL import Image

import pictures
import tiffs as tiffs_of
from adapters.imaging.decoding import decode_page, decode_picture
from adapters.imaging.headers.tiff_alone import page_alone
from inspected import header_imaging
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import UnsupportedImage
from ocrcore.ports.engine import EngineFailure
from tiffs import (
    BLACK_IS_ZERO,
    CMYK,
    DEFLATE,
    FLOAT,
    LZW,
    NONE,
    PALETTE,
    RGB,
    SIGNED,
    UNSIGNED,
    WHITE_IS_ZERO,
    ZSTD,
    Form,
    Writing,
    noise,
    write,
)

Array = npt.NDArray[Any]

LIMIT: Final = 1_000_000


FORMS: Final = [
    *(Form(photometric, bits) for photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO) for bits in (1, 2, 4, 8, 16)),
    Form(BLACK_IS_ZERO, 12),
    Form(BLACK_IS_ZERO, 16, SIGNED),
    *(Form(BLACK_IS_ZERO, 32, kind) for kind in (UNSIGNED, SIGNED, FLOAT)),
    *(Form(BLACK_IS_ZERO, 8, samples=2, extra=(kind,)) for kind in (0, 2)),
    *(Form(PALETTE, bits) for bits in (1, 2, 4, 8)),
    Form(RGB, 8, samples=3),
    Form(RGB, 16, samples=3),
    *(Form(RGB, bits, samples=4, extra=(kind,)) for bits in (8, 16) for kind in (0, 2)),
    Form(RGB, 8, samples=5, extra=(2, 0)),
    Form(CMYK, 8, samples=4),
    Form(CMYK, 16, samples=4),
]
#: What no decoder here reads: its words in the sentence.
UNREAD: Final[Mapping[Form, str]] = {
    Form(BLACK_IS_ZERO, 16, FLOAT): "floating-point samples of 16 bits",
    Form(BLACK_IS_ZERO, 64, FLOAT): "floating-point samples of 64 bits",
    Form(BLACK_IS_ZERO, 8, SIGNED): "signed samples of 8 bits",
    Form(WHITE_IS_ZERO, 32): "grey with samples of 32 bits",
    Form(BLACK_IS_ZERO, 16, samples=2, extra=(2,)): "2 samples of 16 bits",
    Form(RGB, 32, FLOAT, samples=3): "RGB with floating-point samples of 32 bits",
    Form(RGB, 4, samples=3): "RGB with samples of 4 bits",
    Form(CMYK, 8, samples=5, extra=(2,)): "CMYK with 5 samples",
}


@st.composite
def tiffs(draw: st.DrawFn, forms: list[Form]) -> tuple[Form, bytes]:
    """Return a TIFF of noise, and its form."""
    form = draw(st.sampled_from(forms))
    compression = draw(st.sampled_from(tiffs_of.COMPRESSIONS))
    whole_bytes, predicts = form.bits in {8, 16, 32}, compression in {LZW, DEFLATE, ZSTD}
    how = Writing(
        order="<" if form.bits == 12 else draw(st.sampled_from("<>")),
        big=draw(st.booleans()),
        compression=compression,
        separate=form.samples > 1 and form.bits == 8 and not form.extra and draw(st.booleans()),
        tiled=draw(st.booleans()),
        rows=draw(st.integers(1, 50)),
        predictor=predicts
        and whole_bytes
        and form.format != FLOAT
        and form.photometric != PALETTE
        and draw(st.booleans()),
    )
    if form.samples == 1 and form.bits <= 8 and compression == NONE and draw(st.booleans()):
        how = replace(how, reversed_bits=True)
    size, seed = (draw(st.integers(1, 40)), draw(st.integers(1, 40))), draw(st.integers(0, 2**32))
    palette = (
        np.random.default_rng(seed).integers(0, 65_536, (3, 1 << form.bits)) if form.photometric == PALETTE else None
    )
    return form, write(noise(form, size, seed), form, how, palette)


def pages_of(form: Form, content: bytes) -> list[Array]:
    """Return the pages that a file may be, by the other decoder: with alpha, there are two grounds."""
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page: Any = file.pages[0]
        values: Array = page.asarray().astype("float64")
        separate, colours = page.planarconfig == 2 and form.samples > 1, page.colormap
    if form.photometric == PALETTE:
        return [np.moveaxis(colours[:, values.astype("int64")] / 257, 0, -1)]
    values = _to_255(np.moveaxis(values, 0, -1) if separate else values, form)
    if form.photometric == WHITE_IS_ZERO:
        values = 255 - values
    if values.ndim == 2:
        return [values]
    colours = values[..., : form.samples - len(form.extra)]
    if form.photometric == CMYK:
        colours = (255 - colours[..., :3]) * (255 - colours[..., 3:]) / 255
    return on_both_grounds(colours, values[..., colours.shape[-1]] if form.extra[:1] == (2,) else None)


def on_both_grounds(colours: Array, alpha: Array | None) -> list[Array]:
    """Return the page on white and on black, or as it is without an alpha, or with one that says nothing."""
    colours = colours[..., 0] if colours.shape[-1] == 1 else colours
    if alpha is None or not alpha.any():
        return [colours]
    share = (alpha if colours.ndim == 2 else alpha[..., np.newaxis]) / 255
    return [colours * share + ground * (1 - share) for ground in (255, 0)]


def _to_255(values: Array, form: Form) -> Array:
    if form.format == UNSIGNED and form.bits <= 16:
        return np.asarray(values * (255 / (2**form.bits - 1)))
    low, high = values.min(), values.max()
    for most in (1, 255, 65_535):
        if low >= 0 and high <= most:
            return np.asarray(values * (255 / most))
    return np.asarray((values - low) * (255 / (high - low if high > low else 1)))


def is_one_of(pages: list[Array], content: bytes) -> bool:
    """Return whether the file is decoded to one of these pages, give or take three levels of 255."""
    shown = decode_picture(content, 1, LIMIT)
    return min(difference(shown, wanted) for wanted in pages) <= 3


def difference(page: Image.Image, wanted: Array) -> float:
    """Return the largest difference of two pixels, in levels of 255."""
    found = np.asarray(page.convert("RGB") if wanted.ndim == 3 else page, dtype="float64")
    assert found.shape == wanted.shape
    return float(np.abs(found - wanted).max())


@given(tiffs(FORMS))
def test_every_form_of_a_tiff_has_the_pixels_of_another_decoder(drawn: tuple[Form, bytes]) -> None:
    form, content = drawn
    assert is_one_of(pages_of(form, content), content)
    alone = page_alone(io.BytesIO(content), 1)
    assert alone is not None
    assert decode_picture(alone, 1, LIMIT).tobytes() == decode_picture(content, 1, LIMIT).tobytes()


@given(tiffs(list(UNREAD)))
def test_every_other_form_of_a_tiff_is_refused_by_its_name(drawn: tuple[Form, bytes]) -> None:
    form, content = drawn
    with pytest.raises(EngineFailure) as caught:
        decode_page(content, 1, LIMIT)
    assert caught.value.code is ItemErrorCode.UNSUPPORTED_IMAGE
    with pytest.raises(UnsupportedImage, match=f"The file is a TIFF of the kind .*{UNREAD[form]}"):
        header_imaging().inspect(io.BytesIO(content))


@given(st.sampled_from([RGB, CMYK]), st.booleans())
def test_planes_of_more_than_8_bits_are_refused_by_their_name(photometric: int, tiled: bool) -> None:  # noqa: FBT001
    form = Form(photometric, 16, samples=4 if photometric == CMYK else 3)
    content = write(noise(form, (9, 9), 1), form, Writing(separate=True, tiled=tiled))
    with pytest.raises(UnsupportedImage, match="a TIFF with samples of 16 bits in separate planes"):
        header_imaging().inspect(io.BytesIO(content))


@given(tiffs(FORMS), st.integers(1, 8))
def test_a_tiff_may_lie_in_any_way(drawn: tuple[Form, bytes], orientation: int) -> None:
    form, _ = drawn
    pixels = noise(form, (5, 3), orientation)
    palette = np.arange(3 << form.bits).reshape(3, -1) * 80 % 65_536 if form.photometric == PALETTE else None
    upright, lying = (
        decode_picture(write(pixels, form, Writing(orientation=n), palette), 1, LIMIT) for n in (1, orientation)
    )
    turn = pictures.TURNS.get(orientation)
    assert (lying if turn is None else lying.transpose(turn)).tobytes() == upright.tobytes()


@example("tiff_ccitt", 5, 35, 287)  # its last code ends with its strip
@example("tiff_ccitt", 8, 37, 4)
@given(
    st.sampled_from(["group3", "group4", "tiff_ccitt"]), st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32)
)
def test_a_fax_has_the_pixels_of_another_decoder(compression: str, width: int, height: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 2, (height, width)).astype(bool)
    content = pictures.save(Image.fromarray(pixels), "TIFF", compression=compression)
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page: Any = file.pages[0]
        white = page.asarray() if page.photometric == 1 else 1 - page.asarray()
    assert difference(decode_page(content, 1, LIMIT), white * 255.0) == 0


@given(
    colour=st.sampled_from([0, 2, 3, 4, 6]),
    depth=st.sampled_from([1, 2, 4, 8, 16]),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    seed=st.integers(0, 2**32),
)
def test_every_form_of_a_png_has_the_pixels_of_another_decoder(
    colour: int, depth: int, size: tuple[int, int], seed: int
) -> None:
    assume(depth in pictures.PNG_DEPTHS[colour])
    content = pictures.noisy_png(size, depth, colour, seed)
    assert is_one_of(opened_by_opencv(content), content)


@given(
    colour=st.sampled_from([0, 2, 3]),
    depth=st.sampled_from([1, 2, 4, 8, 16]),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    seed=st.integers(0, 2**32),
)
def test_a_png_without_an_alpha_may_have_transparent_colours(
    colour: int, depth: int, size: tuple[int, int], seed: int
) -> None:
    assume(depth in pictures.PNG_DEPTHS[colour])
    content = pictures.noisy_png(size, depth, colour, seed, see_through=True)
    pages = opened_by_opencv(content)
    assume(len(pages) == 2)
    assert is_one_of(pages, content)


def opened_by_opencv(content: bytes) -> list[Array]:
    """Return the pages that a file may be, by OpenCV: with alpha, there are two grounds."""
    found = cv2.imdecode(np.frombuffer(content, "uint8"), cv2.IMREAD_UNCHANGED)
    assert found is not None
    values: Array = found.astype("float64") * (255 / (65_535 if found.dtype == np.uint16 else 255))
    if values.ndim == 2:
        return [values]
    return on_both_grounds(values[..., 2::-1], values[..., 3] if values.shape[-1] == 4 else None)


@given(
    depth=st.sampled_from([1, 4, 8, 24, 32]),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    upside_down=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_every_form_of_a_bmp_has_the_pixels_of_another_decoder(
    *, depth: int, size: tuple[int, int], upside_down: bool, seed: int
) -> None:
    content = pictures.noisy_bmp(size, depth, seed, upside_down=upside_down)
    assert is_one_of(opened_by_opencv(content), content)


@given(
    mode=st.sampled_from(["L", "RGB"]),
    size=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    subsampling=st.sampled_from(["4:4:4", "4:2:2", "4:2:0"]),
    progressive=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_every_form_of_a_jpeg_has_the_pixels_of_another_decoder(
    *, mode: str, size: tuple[int, int], subsampling: str, progressive: bool, seed: int
) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (*size, 3)).astype("uint8")
    picture = Image.fromarray(noise).convert(mode)
    options = {"subsampling": subsampling} if mode == "RGB" else {}
    content = pictures.save(picture, "JPEG", quality=90, progressive=progressive, **options)
    assert is_one_of(opened_by_opencv(content), content)


@pytest.mark.parametrize("form", [form for form in FORMS if form.samples == 1 and form.bits <= 8], ids=str)
@pytest.mark.parametrize("tiled", [False, True])
def test_bits_may_be_stored_from_the_lowest(form: Form, *, tiled: bool) -> None:
    palette = np.arange(3 << form.bits).reshape(3, -1) * 80 % 65_536 if form.photometric == PALETTE else None
    pixels = noise(form, (21, 19), 7)
    usual, turned = (write(pixels, form, Writing(tiled=tiled, reversed_bits=turn), palette) for turn in (False, True))
    assert decode_picture(turned, 1, LIMIT).tobytes() == decode_picture(usual, 1, LIMIT).tobytes()
