"""Pages with shadows and coloured areas."""

from PIL import Image, ImageDraw, ImageStat

from adapters.imaging.shade import evened, is_shaded, unread_share
from ocrcore.domain.layout import Line, Word

UPPER, LOWER = (100, 90, 700, 140), (100, 490, 700, 540)


def page(ground: int = 240, lower: int = 240) -> Image.Image:
    """Return a page with two lines, and another ground in its lower half."""
    picture = Image.new("L", (800, 600), ground)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 300, 800, 600), lower)
    for left in range(100, 700, 20):
        draw.rectangle((left, 100, left + 8, 130), 10)
        draw.rectangle((left, 500, left + 8, 530), 10)
    return picture


def line(box: tuple[int, int, int, int]) -> Line:
    return Line(box, (Word("WORD", box, 90.0),))


def test_a_page_is_shaded_if_its_ground_differs() -> None:
    assert not is_shaded(page())
    assert not is_shaded(page(90, 90))
    assert is_shaded(page(240, 120))
    assert not is_shaded(Image.new("L", (1, 1), 0))


def test_what_was_not_read_on_a_shaded_page_is_found() -> None:
    shaded = page(240, 150)
    assert unread_share(shaded, [line(UPPER), line(LOWER)]) < 0.02
    assert 0.3 < unread_share(shaded, [line(UPPER)]) < 0.7
    assert unread_share(shaded, []) == 1


def test_nobody_looks_for_it_on_an_even_page() -> None:
    assert unread_share(page(), []) == 0


def test_the_ground_of_a_page_is_made_even() -> None:
    even = evened(page(240, 120))
    assert ImageStat.Stat(even.crop((0, 350, 800, 480))).mean[0] > 250
    assert not is_shaded(even)
    assert even.crop((101, 505, 108, 525)).histogram()[:40] != [0] * 40
