"""AVIF, HEIC and JPEG 2000: sizes, turns and forms by our parsers, pixels compared with other decoders."""

import io
import struct
from collections.abc import Sequence
from importlib.machinery import PathFinder

import imagecodecs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import pictures
from adapters.imaging.decoding import decode_page, decode_picture
from adapters.imaging.pages import inspect_file
from adapters.imaging.resolution import resolution_of
from heics import group, heic, heic_of, references
from inspected import as_file, header_imaging
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import ImageTooLarge, UnsupportedImage
from ocrcore.ports.engine import EngineFailure

LIMIT = 1_000_000
SIZES = st.tuples(st.integers(1, 70), st.integers(1, 70))
SEEDS = st.integers(0, 2**32)


def refusal(content: bytes) -> str:
    with pytest.raises(UnsupportedImage) as caught:
        header_imaging().inspect(io.BytesIO(content))
    return str(caught.value)


def code(content: bytes) -> ItemErrorCode | None:
    try:
        decode_page(content, 1, LIMIT)
    except EngineFailure as failure:
        return failure.code
    return None


def noise(size: tuple[int, int], samples: int, seed: int, most: int = 256) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, most, (*size, samples)).astype("uint8")
    return Image.fromarray(values[..., 0] if samples == 1 else values)


@given(SIZES, st.sampled_from([1, 3]), SEEDS)
def test_an_avif_has_the_pixels_of_another_decoder(size: tuple[int, int], samples: int, seed: int) -> None:
    content = pictures.save(noise(size, samples, seed), "AVIF", quality=80, speed=10)
    wanted = np.asarray(imagecodecs.avif_decode(content)).astype(int)
    found = np.asarray(decode_picture(content, 1, LIMIT).convert("RGB")).astype(int)
    assert np.abs(found - (wanted if wanted.ndim == 3 else wanted[..., np.newaxis])).max() <= 3


@given(
    st.sampled_from([(1, bits) for bits in (1, 2, 4, 8, 12, 16)] + [(3, bits) for bits in (4, 8)]),
    SIZES,
    st.sampled_from(["jp2", "j2k"]),
    SEEDS,
)
def test_a_jpeg_2000_has_the_pixels_that_were_written(
    form: tuple[int, int], size: tuple[int, int], container: str, seed: int
) -> None:
    samples, bits = form
    shape = size if samples == 1 else (*size, samples)
    values = np.random.default_rng(seed).integers(0, 1 << bits, shape).astype("uint8" if bits <= 8 else "uint16")
    content = bytes(
        imagecodecs.jpeg2k_encode(values, level=0, codecformat=container, bitspersample=bits, reversible=True)
    )
    found = np.asarray(decode_picture(content, 1, LIMIT)).astype(float)
    assert np.abs(found - values * (255 / ((1 << bits) - 1))).max() < 2


@given(st.tuples(st.integers(1, 40), st.integers(1, 40)), st.integers(1, 8), SEEDS)
def test_a_heic_has_the_pixels_that_were_written_and_is_turned_once(
    half: tuple[int, int], orientation: int, seed: int
) -> None:
    picture = noise((2 * half[0], 2 * half[1]), 1, seed)
    shown = decode_page(heic(picture, orientation), 1, LIMIT)
    turn = pictures.TURNS.get(orientation)
    assert shown.size == (picture if turn is None else picture.transpose(turn)).size
    assert (shown if turn is None else shown.transpose(turn)).tobytes() == picture.tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_avif_is_turned_as_its_boxes_say(orientation: int) -> None:
    page = pictures.draw("UP").convert("L")
    shown = decode_page(pictures.turned(page, orientation, "AVIF", quality=90), 1, LIMIT)
    assert shown.size == page.size
    assert np.abs(np.asarray(shown).astype(int) - np.asarray(page)).mean() < 1


def test_turns_and_mirrors_count_in_their_order() -> None:
    content = heic(noise((4, 6), 1, 1), 5)
    first, second = content.index(b"irot"), content.index(b"imir")
    swapped = bytearray(content)
    swapped[first : first + 5], swapped[second : second + 5] = content[second : second + 5], content[first : first + 5]
    shown, other = (decode_page(each, 1, LIMIT) for each in (content, bytes(swapped)))
    assert other.tobytes() == shown.transpose(Image.Transpose.ROTATE_180).tobytes()


def test_of_a_phones_picture_the_size_is_that_of_its_primary_item() -> None:
    assert decode_page(heic(Image.new("L", (100, 40), "white")), 1, LIMIT).size == (100, 40)


PAGES = [noise((16, 40), 1, 1), noise((24, 30), 1, 2), noise((40, 16), 1, 3)]


def pages_of(content: bytes) -> int:
    with as_file(content) as source:
        return inspect_file(source, LIMIT).pages


@pytest.mark.parametrize("primary", [1, 2])
def test_each_picture_of_a_heic_is_a_page_with_the_main_one_first(primary: int) -> None:
    content = heic_of(PAGES, [1, 3, 1], primary=primary)
    assert pages_of(content) == len(PAGES)
    shown = [decode_page(content, number, LIMIT) for number in (1, 2, 3)]
    wanted = [PAGES[0], PAGES[1].transpose(Image.Transpose.ROTATE_180), PAGES[2]]
    wanted.insert(0, wanted.pop(primary - 1))
    assert [(page.size, page.tobytes()) for page in shown] == [(page.size, page.tobytes()) for page in wanted]
    with pytest.raises(EngineFailure):
        decode_page(content, 4, LIMIT)


@pytest.mark.parametrize(
    "content",
    [
        heic_of(PAGES[:2], hidden={2}),
        heic_of(PAGES[:2], more=references(b"thmb", 2, 1)),
        heic_of(PAGES[:2], more=references(b"auxl", 2, 1)),
        heic_of(PAGES[:2], more=references(b"dimg", 1, 2)),
        heic_of(PAGES[:2], more=group(b"altr", 1, 2)),
        heic_of(PAGES[:2], more=group(b"ster", 2, 1)),
        heic_of(PAGES[:2]).replace(b"\2\0\0hvc1", b"\2\0\0Exif"),
    ],
    ids=["hidden", "thumbnail", "auxiliary", "tile", "alternative", "other-eye", "no-picture"],
)
def test_what_belongs_to_a_picture_of_a_heic_is_no_page(content: bytes) -> None:
    assert header_imaging().inspect(io.BytesIO(content)).pages == 1


def test_a_large_page_of_a_heic_refuses_its_file() -> None:
    large = heic_of([PAGES[0], Image.new("L", (64, 64))]).replace(
        b"ispe" + bytes(4) + struct.pack(">II", 64, 64), b"ispe" + bytes(4) + struct.pack(">II", 4096, 4096)
    )
    with pytest.raises(ImageTooLarge):
        pages_of(large)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (heic_of(PAGES).replace(b"ftypheic", b"ftypavif").replace(b"hvc1", b"av01"), "an AVIF of several pictures"),
        (heic_of(PAGES[:2]).replace(b"\2\0\0hvc1", b"\2\0\0jpeg"), "a HEIC picture of the type 'jpeg'"),
        (pictures.frames("AVIF"), "an AVIF sequence of several pictures"),
        (heic(Image.new("L", (32, 32)), brand=b"hevc"), "a HEIC sequence of several pictures"),
        (heic(Image.new("L", (32, 32))).replace(b"hvc1", b"unci"), "a HEIC picture of the type 'unci'"),
    ],
)
def test_a_heif_that_is_not_read_is_refused_by_its_name(content: bytes, words: str) -> None:
    assert f"The file is {words}, which is not read here" in refusal(content)


def boxed(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def with_colours(content: bytes, colours: bytes, more: bytes = b"") -> bytes:
    """Return a JPEG 2000 with these colours, and further boxes in its header."""
    start = content.index(b"jp2h") - 4
    (length,) = struct.unpack_from(">I", content, start)
    header = content[start + 8 : start + length]
    kept = header[: header.index(b"colr") - 4]
    return content[:start] + boxed(b"jp2h", kept + boxed(b"colr", colours) + more) + content[start + length :]


GREY, COLOURED = (pictures.save(Image.new(mode, (8, 8)), "JPEG2000") for mode in ("L", "RGB"))
INKS = pictures.save(Image.new("CMYK", (8, 8)), "JPEG2000")
RGB = b"\1\0\0" + struct.pack(">I", 16)
THROUGH = boxed(b"cmap", bytes([0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 2]))


def palette(colours: Sequence[bytes], depth: int = 7) -> bytes:
    """Return the boxes of a palette of these colours, with samples of one bit more than ``depth``."""
    return boxed(b"pclr", struct.pack(">HB3B", len(colours), 3, *3 * [depth]) + b"".join(colours)) + THROUGH


def deep(samples: int, bits: int) -> bytes:
    shape = (8, 8, samples)
    return bytes(imagecodecs.jpeg2k_encode(np.zeros(shape, "uint16"), level=0, bitspersample=bits, reversible=True))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (deep(4, 16), "with 4 samples of 16 bits a pixel"),
        (deep(5, 8), "of 5 components"),
        (with_colours(GREY, RGB, palette([bytes(3)], 4)), "with a palette of another form than grey or RGB in 8 bits"),
        (
            with_colours(GREY, RGB, palette([bytes(3)]).replace(THROUGH, boxed(b"cmap", bytes(range(12))))),
            "with a palette of another form than grey or RGB in 8 bits",
        ),
        (with_colours(COLOURED, b"\1\0\0" + struct.pack(">I", 18)), "with 3 components in the colour space 18"),
        (
            with_colours(INKS, b"\2\0\0" + bytes(16) + b"CMYK" + bytes(108)),
            "with 4 components and a profile for 'CMYK'",
        ),
        (COLOURED.replace(b"jp2 ", b"jpm "), "of several layers (JPM)"),
        (COLOURED + COLOURED[COLOURED.index(b"jp2c") - 4 :], "of several pictures"),
    ],
)
def test_a_jpeg_2000_that_would_be_misread_is_refused_by_its_name(content: bytes, words: str) -> None:
    sentence = refusal(content)
    assert sentence.startswith("The file is a JPEG 2000 ")
    assert f"{words}, which is not read here" in sentence
    assert code(content) is ItemErrorCode.UNSUPPORTED_IMAGE


@given(SIZES, st.integers(9, 16), st.sampled_from(["jp2", "j2k"]), SEEDS)
def test_a_jpeg_2000_in_deep_colour_has_its_pixels_in_8_bits(
    size: tuple[int, int], bits: int, container: str, seed: int
) -> None:
    values = np.random.default_rng(seed).integers(0, 1 << bits, (*size, 3)).astype("uint16")
    content = bytes(
        imagecodecs.jpeg2k_encode(values, level=0, codecformat=container, bitspersample=bits, reversible=True)
    )
    found = np.asarray(decode_picture(content, 1, LIMIT).convert("RGB")).astype(float)
    assert np.abs(found - values * (255 / ((1 << bits) - 1))).max() < 2


@given(SIZES, st.lists(st.binary(min_size=3, max_size=3), min_size=1, max_size=200), SEEDS)
def test_a_jpeg_2000_with_a_palette_has_its_colours(size: tuple[int, int], colours: list[bytes], seed: int) -> None:
    numbers = np.random.default_rng(seed).integers(0, len(colours), size).astype("uint8")
    plain = bytes(imagecodecs.jpeg2k_encode(numbers, level=0, codecformat="jp2", bitspersample=8, reversible=True))
    found = decode_picture(with_colours(plain, RGB, palette([*colours, colours[0]])), 1, LIMIT).convert("RGB")
    assert found.tobytes() == b"".join(colours[number] for number in numbers.flat)


def with_part(content: bytes, part: tuple[int, int, int, int], picture: tuple[int, int], under: int = 1) -> bytes:
    """Return an AVIF of which only a part is shown; ``under`` is the denominator of the distances of its middle."""
    left, top, right, bottom = part
    middle = (left + right - picture[0]) * under // 2, (top + bottom - picture[1]) * under // 2
    clap = boxed(
        b"clap", struct.pack(">IIIIiIiI", right - left, 1, bottom - top, 1, middle[0], under, middle[1], under)
    )
    places = {kind: content.index(kind) - 4 for kind in (b"meta", b"iprp", b"ipco", b"ipma", b"iloc")}
    whole = bytearray(content)
    (offset,) = struct.unpack_from(">I", whole, places[b"iloc"] + 22)
    struct.pack_into(">I", whole, places[b"iloc"] + 22, offset + len(clap) + 1)
    for kind, more in ((b"meta", len(clap) + 1), (b"iprp", len(clap) + 1), (b"ipco", len(clap)), (b"ipma", 1)):
        struct.pack_into(">I", whole, places[kind], struct.unpack_from(">I", whole, places[kind])[0] + more)
    count = places[b"ipma"] + 18
    whole[count] += 1
    listed = places[b"ipco"] + 8
    properties = 0
    while listed < places[b"ipma"]:
        properties, listed = properties + 1, listed + struct.unpack_from(">I", whole, listed)[0]
    whole.insert(count + whole[count], 128 | (properties + 1))  # essential
    whole[places[b"ipma"] : places[b"ipma"]] = clap
    return bytes(whole)


@pytest.mark.parametrize("part", [(0, 0, 40, 30), (7, 11, 96, 64), (20, 3, 57, 60), (0, 0, 96, 64)])
def test_of_an_avif_the_part_that_it_names_is_shown(part: tuple[int, int, int, int]) -> None:
    whole = decode_picture(WHOLE["avif"], 1, LIMIT)
    shown = decode_picture(with_part(WHOLE["avif"], part, whole.size, under=2), 1, LIMIT)
    assert shown.tobytes() == whole.crop(part).tobytes()


def test_a_part_of_halves_of_pixels_is_refused_by_its_name() -> None:
    content = with_part(WHOLE["avif"], (1, 0, 40, 30), NOISY.size)
    assert "a part is shown that does not consist of whole pixels, which is not read here" in refusal(content)


def test_a_part_beyond_the_picture_is_damage() -> None:
    assert "damaged" in refusal(with_part(WHOLE["avif"], (60, 0, 120, 64), NOISY.size))


def test_a_profile_of_its_own_colours_does_not_matter() -> None:
    content = with_colours(COLOURED, b"\2\0\0" + bytes(16) + b"RGB " + bytes(108))
    assert decode_picture(content, 1, LIMIT).size == (8, 8)


NOISY = noise((64, 96), 3, 1)
WHOLE = {
    "avif": pictures.save(NOISY, "AVIF", quality=90),
    "jp2": pictures.save(NOISY, "JPEG2000"),
    "jp2-bare": pictures.save(NOISY, "JPEG2000", no_jp2=True),
    "jp2-deep": bytes(
        imagecodecs.jpeg2k_encode(np.asarray(NOISY).astype("uint16") * 257, level=0, codecformat="jp2", reversible=True)
    ),
    "jp2-tiles": pictures.save(NOISY, "JPEG2000", tile_size=(32, 32)),
    "heic": heic(NOISY),
}


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_picture_of_boxes_that_was_cut_is_never_read(kind: str, part: float) -> None:
    whole = WHOLE[kind]
    kept = int(part * len(whole))
    assert code(whole) is None
    assert code(whole[:kept]) in {ItemErrorCode.UNSUPPORTED_IMAGE, ItemErrorCode.IMAGE_TRUNCATED}
    assert code(whole[:kept] + bytes(len(whole) - kept)) in {ItemErrorCode.IMAGE_TRUNCATED, ItemErrorCode.IMAGE_CORRUPT}


@pytest.mark.parametrize("kind", ["avif", "heic", "jp2"])
def test_of_a_picture_of_boxes_that_was_cut_it_asks_for_the_whole_file(kind: str) -> None:
    name = {"avif": "AVIF", "heic": "HEIC", "jp2": "JPEG 2000"}[kind]
    assert f"a {name} that ends too early".removeprefix("a ") in refusal(WHOLE[kind][:-40])


def _with_size(content: bytes, place: int, size: Sequence[int]) -> bytes:
    return content[:place] + struct.pack(">II", *size) + content[place + 8 :]


@pytest.mark.parametrize("size", [(4, 4), (3000, 3000)])
def test_a_header_that_announces_another_size_than_the_pixels_is_not_believed(size: tuple[int, int]) -> None:
    for kind in ("avif", "heic"):
        content = _with_size(WHOLE[kind], WHOLE[kind].index(b"ispe") + 8, size)
        assert code(content) in {ItemErrorCode.IMAGE_CORRUPT, ItemErrorCode.IMAGE_TOO_LARGE, None}
        if code(content) is None:
            assert decode_page(content, 1, LIMIT).size in {size, NOISY.size}


def test_heic_without_its_decoder_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find = PathFinder.find_spec

    def find_all_but_one(name: str, *given: object) -> object:
        return None if name == "pi_heif" else find(name, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(PathFinder, "find_spec", find_all_but_one)
    monkeypatch.delitem(__import__("sys").modules, "pi_heif", raising=False)
    assert "HEIC picture, which needs the extra ocrcore[heic]" in refusal(WHOLE["heic"])
    assert code(WHOLE["heic"]) is ItemErrorCode.UNSUPPORTED_IMAGE


def test_the_resolution_of_a_jpeg_2000_is_that_of_its_header() -> None:
    inches = boxed(b"res ", boxed(b"resc", struct.pack(">HHHHbb", 30000, 254, 15000, 254, 2, 2)))
    content = with_colours(GREY, b"\1\0\0" + struct.pack(">I", 17), inches)
    assert resolution_of(content, 1) == pytest.approx((150, 300))
