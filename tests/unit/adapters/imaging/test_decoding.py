import pytest
from PIL import Image, ImageChops, ImageStat

import pictures
from adapters.imaging.decoding import decode_page, decode_picture
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure

LIMIT = 50_000_000


def code(content: bytes, limit: int = LIMIT, number: int = 1) -> ItemErrorCode:
    with pytest.raises(EngineFailure) as caught:
        decode_page(content, number, limit)
    return caught.value.code


@pytest.mark.parametrize("form", pictures.FORMS)
def test_every_form_becomes_the_same_grey_page(form: str) -> None:
    page, wanted = decode_page(pictures.FORMS[form]("HELLO"), 1, LIMIT), pictures.draw("HELLO").convert("L")
    assert (page.mode, page.size) == ("L", wanted.size)
    assert ImageStat.Stat(ImageChops.difference(page, wanted)).mean[0] < 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_put_upright(orientation: int) -> None:
    marked = Image.new("RGB", (4, 2), "white")
    marked.putpixel((0, 0), (0, 0, 0))
    for form, options in {"PNG": {}, "TIFF": {}, "WEBP": {"lossless": True}}.items():
        content = pictures.turned(marked, orientation, form, **options)
        assert decode_page(content, 1, LIMIT).tobytes() == marked.convert("L").tobytes()
        assert decode_picture(content, 1, LIMIT).tobytes() == marked.tobytes()


@pytest.mark.parametrize("form", pictures.FORMS)
def test_every_form_is_shown_as_the_same_picture(form: str) -> None:
    page, wanted = decode_picture(pictures.FORMS[form]("HELLO"), 1, LIMIT), pictures.draw("HELLO")
    assert page.mode in {"L", "RGB"}
    assert page.size == wanted.size
    assert max(ImageStat.Stat(ImageChops.difference(page.convert("RGB"), wanted)).mean) < 3


@pytest.mark.parametrize(
    ("mode", "form", "options"),
    [
        ("RGB", "PNG", {}),
        ("RGB", "JPEG", {"quality": 95}),
        ("CMYK", "JPEG", {"quality": 95}),
        ("RGB", "TIFF", {}),
        ("RGB", "TIFF", {"compression": "jpeg", "quality": 95}),
        ("CMYK", "TIFF", {}),
        ("YCbCr", "TIFF", {}),
        ("LAB", "TIFF", {}),
    ],
)
def test_a_colour_is_shown_however_it_is_written(mode: str, form: str, options: dict[str, object]) -> None:
    colour = Image.new("RGB", (16, 16), (200, 120, 40))
    shown = decode_picture(pictures.save(colour.convert(mode), form, **options), 1, LIMIT)
    assert shown.mode == "RGB"
    assert max(ImageStat.Stat(ImageChops.difference(shown, colour)).mean) < 4


def test_what_is_clear_is_white_unless_nothing_could_be_read_on_white() -> None:
    white, black = decode_page(pictures.white_on_clear("HELLO"), 1, LIMIT), pictures.draw("HELLO").convert("L")
    assert ImageStat.Stat(ImageChops.difference(ImageChops.invert(white), black)).mean[0] < 3


@pytest.mark.parametrize(("ink", "ground"), [((0, 0, 0, 26), 255), ((255, 255, 255, 255), 0), ((90, 90, 90, 255), 255)])
def test_the_ground_is_that_on_which_more_is_seen(ink: tuple[int, ...], ground: int) -> None:
    page = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    page.putpixel((3, 3), ink)
    assert decode_page(pictures.save(page), 1, LIMIT).getpixel((0, 0)) == ground


def test_an_empty_page_stays_white() -> None:
    for blank in ((255, 255, 255, 255), (0, 0, 0, 0)):
        assert decode_page(pictures.save(Image.new("RGBA", (2, 2), blank)), 1, LIMIT).tobytes() == b"\xff" * 4


def test_damaged_exif_does_not_damage_the_picture() -> None:
    content = pictures.save(pictures.draw("A"), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff")
    assert decode_page(content, 1, LIMIT).size == (640, 160)


@pytest.mark.parametrize("form", ["png", "jpeg", "jpeg-progressive", "tiff", "gif", "bmp", "png-16-bit"])
def test_two_thirds_of_a_picture_are_truncated(form: str) -> None:
    whole = pictures.FORMS[form]("HELLO\nWORLD")
    assert code(whole[: len(whole) * 2 // 3]) is ItemErrorCode.IMAGE_TRUNCATED


def test_noise_behind_a_header_is_corrupt() -> None:
    assert code(pictures.damaged_png("HELLO")) is ItemErrorCode.IMAGE_CORRUPT


def test_pixels_are_counted_before_they_are_decoded() -> None:
    assert code(pictures.announces(101, 100), limit=10_000) is ItemErrorCode.IMAGE_TOO_LARGE


@pytest.mark.parametrize("form", pictures.SEVERAL)
def test_each_frame_is_a_page(form: str) -> None:
    content = pictures.SEVERAL[form]()
    for number, text in enumerate(("ONE", "TWO", "THREE"), 1):
        drawn = ImageChops.difference(decode_page(content, number, LIMIT), pictures.draw(text).convert("L"))
        assert ImageStat.Stat(drawn).mean[0] < 1
    for number in (-1, 0, 4):
        assert code(content, number=number) is ItemErrorCode.UNSUPPORTED_IMAGE


def test_an_animated_png_is_refused() -> None:
    assert code(pictures.frames("PNG", duration=100)) is ItemErrorCode.UNSUPPORTED_IMAGE


def test_what_is_no_picture_is_unsupported() -> None:
    assert code(b"/etc/hostname\n") is ItemErrorCode.UNSUPPORTED_IMAGE


@pytest.mark.parametrize(
    ("values", "grey"),
    [
        ((0.0, 0.5, 1.0), (0, 127, 255)),
        ((0.0, 100.0, 255.0), (0, 100, 255)),
        ((0.0, 25_700.0, 65_535.0), (0, 100, 255)),
        ((-1.0, 0.0, 1.0), (0, 127, 255)),
        ((7e5, 7e5, 7e5), (0, 0, 0)),
    ],
)
def test_wide_pixels_are_scaled_by_their_range(values: tuple[float, ...], grey: tuple[int, ...]) -> None:
    wide = Image.new("F", (3, 1))
    wide.putdata(values)
    assert tuple(decode_page(pictures.save(wide, "TIFF"), 1, LIMIT).tobytes()) == grey
