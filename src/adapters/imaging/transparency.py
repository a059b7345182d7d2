"""Transparency: the ground on which everything is seen that a picture shows.

What is clear has no colour, so a ground is chosen. Most pictures have dark ink or light ink. Where one has both, as a
white line beside a dark logo, no white and no black ground shows all of it.
"""

from typing import Final

from PIL import Image, ImageChops, ImageStat

from adapters.imaging.contrast import edges, spread
from adapters.imaging.ink import CONTRAST, LEAST, LEAST_FINE, LOOKS, WIDEST
from adapters.imaging.ranks import lightest_near, without_light_strokes

_WHITE, _BLACK = 255, 0
#: How much more must be seen on black before a picture is put on black.
_CLEARLY_MORE: Final = 1.25
#: Levels of luminance at which most of a picture is dark or light.
_DARK, _LIGHT = 85, 170
#: Alpha by which a stroke differs from what is around it.
_VISIBLE: Final = 64
#: The longest side of a picture that has words of two inks, in pixels.
_SMALLEST: Final = 64
#: Pixels around a lost stroke, on the small page, to which its softened edge reaches. Odd.
_EDGE: Final = 5


def flat(picture: Image.Image, *, premultiplied: bool, to_read: bool) -> Image.Image:
    """Return a picture with transparency in mode L or RGB, without it.

    It is put on white, or on black if what is visible is light; where most of it is neither, on that of the two on
    which clearly more is seen. Strokes that are not seen on it are inverted ``to_read`` the picture, which is in mode L
    then; for people all of it is put on grey instead, where the colours are right. An alpha that is zero everywhere
    says nothing if the colours differ: some programs leave it unset.
    """
    mode = "L" if picture.mode in {"1", "L", "LA"} else "RGB"
    if picture.mode not in {"LA", "RGBA"}:
        picture = picture.convert("RGBA")
    plain, alpha = picture.convert(mode), picture.getchannel("A")
    least, most = alpha.getextrema()
    if least == _WHITE or (most == 0 and spread(plain.convert("L"))):
        return plain
    if premultiplied:
        on_white, on_black = ImageChops.add(plain, Image.merge(mode, [ImageChops.invert(alpha)] * len(mode))), plain
    else:
        on_white, on_black = (_on(plain, alpha, ground) for ground in (_WHITE, _BLACK))
    is_dark = _is_better_on_black(_visible_level(plain, alpha), on_white, on_black)
    page = (on_black if is_dark else on_white).convert("L")
    lost = _lost_strokes(page, alpha, _BLACK if is_dark else _WHITE)
    if lost is None:
        return on_black if is_dark else on_white
    if not to_read:
        return Image.blend(on_black, on_white, 0.5)
    inverted = ImageChops.invert((on_white if is_dark else on_black).convert("L"))
    page.paste(ImageChops.lighter(page, inverted) if is_dark else ImageChops.darker(page, inverted), mask=lost)
    return page


def _is_better_on_black(level: float, on_white: Image.Image, on_black: Image.Image) -> bool:
    if level <= _DARK or level >= _LIGHT:
        return level >= _LIGHT
    return edges(on_black.convert("L")) > _CLEARLY_MORE * edges(on_white.convert("L"))


def _visible_level(plain: Image.Image, alpha: Image.Image) -> float:
    """Return the median luminance of the pixels that are more visible than clear; grey if there are none."""
    visible = alpha.point(lambda level: _WHITE if level > _WHITE // 2 else 0)
    return float(ImageStat.Stat(plain.convert("L"), visible).median[0]) if visible.getbbox() else _WHITE / 2


def _on(plain: Image.Image, alpha: Image.Image, ground: int) -> Image.Image:
    page = Image.new(plain.mode, plain.size, ground if plain.mode == "L" else (ground, ground, ground))
    page.paste(plain, mask=alpha)
    return page


def _lost_strokes(page: Image.Image, alpha: Image.Image, ground: int) -> Image.Image | None:
    """Return where strokes of the alpha are not seen on a page in mode L, as a mask; None if all are seen.

    Only strokes with clear ground on both sides count. Those on an area that is visible itself differ from that area.
    """
    found = None
    if max(alpha.size) < _SMALLEST:
        return None
    for side, least in zip(LOOKS, (LEAST, LEAST_FINE), strict=True):
        factor = max(1, max(alpha.size) // side)
        small, shown = alpha.reduce(factor), page.reduce(factor)
        strokes = ImageChops.subtract(small, without_light_strokes(small, WIDEST)).point(
            lambda level: 255 * (level >= _VISIBLE)
        )
        lost = ImageChops.darker(strokes, shown.point(lambda level: 255 * (abs(level - ground) < CONTRAST)))
        if lost.histogram()[_WHITE] >= least:
            mask = lightest_near(lost, _EDGE // 2).resize(alpha.size, Image.Resampling.NEAREST)
            found = mask if found is None else ImageChops.lighter(found, mask)
    return found
