"""Pages with shadows and coloured areas."""

from PIL import Image, ImageChops, ImageDraw, ImageStat

from adapters.imaging.shade import evened, is_shaded, unread_share, without_dark_areas
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


def test_faint_ink_is_as_dark_as_other_ink_on_an_even_page() -> None:
    faint = page(240, 120)
    ImageDraw.Draw(faint).rectangle((100, 200, 108, 230), 200)
    assert ImageStat.Stat(evened(faint).crop((101, 205, 108, 225))).mean[0] < 20


def test_light_letters_on_dark_areas_become_dark_and_nothing_else_changes() -> None:
    even = evened(page(240, 120))
    assert without_dark_areas(page(240, 120), even) is None
    with_bar = page()
    draw = ImageDraw.Draw(with_bar)
    draw.rectangle((80, 380, 720, 440), 40)
    for left in range(100, 700, 20):
        draw.rectangle((left, 395, left + 8, 425), 240)
    changed = without_dark_areas(with_bar, evened(with_bar))
    assert changed is not None
    assert ImageStat.Stat(changed.crop((101, 400, 108, 420))).mean[0] < 20
    assert ImageStat.Stat(changed.crop((111, 400, 118, 420))).mean[0] > 235
    assert ImageStat.Stat(changed.crop((60, 370, 740, 392))).mean[0] > 235
    assert ImageChops.difference(changed, evened(page())).crop((0, 0, 800, 360)).getextrema() == (0, 0)


def test_noise_is_no_ink() -> None:
    half = (400, 300)
    noisy = page(240, 150).resize(half)
    noisy = ImageChops.add(noisy, Image.effect_noise(half, 12), 1, -128)
    lines = [line((50, 45, 350, 70)), line((50, 245, 350, 270))]
    assert unread_share(noisy, lines) < 0.05
