"""Recognition in a child: a page is decoded, brought into the form that engines read best, and read."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Final

from PIL import Image

from adapters.engines.calibration import calibrated
from adapters.engines.confine import processor_time
from adapters.engines.printed_text import layout_of_text
from adapters.engines.protocol import Limits, Request
from adapters.engines.reader import Reader
from adapters.engines.seen_letters import SeenLetters
from adapters.engines.upright import Pose, find_pose
from adapters.file_source import FileSource
from adapters.imaging.ink import has_ink
from adapters.imaging.margins import with_margin
from adapters.imaging.page_picture import PagePicture
from adapters.imaging.page_text import PageText
from adapters.imaging.reading import grey_page, text_of_page
from adapters.imaging.shade import evened, is_shaded, unread_share, without_dark_areas
from ocrcore.domain.codes import ItemErrorCode, ItemWarning
from ocrcore.domain.layout import Layout
from ocrcore.domain.looks import Doubt, certain_letters, leaves_ink, loses_shaded_text
from ocrcore.domain.options import AUTO, JobOptions
from ocrcore.ports.engine import EngineFailure

#: Doubts that may have to do with the ground of the page.
_OF_THE_GROUND: Final = frozenset({Doubt.NO_WORDS, Doubt.SHADED})


def recognise(reader: Reader, seen: SeenLetters, request: Request, source: FileSource, limits: Limits) -> Layout:
    """Return the layout of a page. Raises as :func:`~adapters.imaging.reading.grey_page` and the reader do.

    ``seen`` are the letters that need not be looked at before the text of a page is taken as it is.
    """
    _check_languages(reader, request.options)
    decoded = cache(partial(_decoded, request, source, limits))
    text = _text(request, source, limits) if request.options.pdf_text == AUTO else None
    if text is not None:
        taken = layout_of_text(text, lambda: decoded().picture, reader, request.options, seen)
        if taken is not None:
            return taken
    page = decoded()
    layout = _read(reader, page.picture, Pose(request.options.turn), request.options, limits)
    no_words = (ItemWarning.NO_WORDS,) if not layout.lines and has_ink(page.picture) else ()
    return replace(layout, warnings=(*_lost(page), *no_words), dpi=page.dpi)


def recognise_again(reader: Reader, request: Request, source: FileSource, limits: Limits) -> Layout | None:
    """Return the layout of a page from a second look, or None if the page would be read the same again.

    Raises as :func:`recognise` does.
    """
    options, doubt = request.options, request.doubt
    _check_languages(reader, options)
    page = _decoded(request, source, limits)
    even = _even(reader, page.picture, limits) if doubt in _OF_THE_GROUND else None
    may_turn = doubt is not None and doubt is not Doubt.SHADED and options.rotate == AUTO
    pose = Pose(options.turn)
    if may_turn and doubt is not None:
        pose = find_pose(even or page.picture, reader, options, doubt)
    if may_turn and pose == Pose() and doubt not in _OF_THE_GROUND:
        even = _even(reader, page.picture, limits)  # the page lies straight, so its ground may be why
        if even is None:
            return None
    read = partial(_read, reader, pose=pose, options=options, limits=limits, original=page.picture)
    layout = read(even or page.picture)
    if loses_shaded_text(reader.version):
        layout = _on_even_ground(read, page.picture, even, layout, limits)
    return replace(layout, warnings=_lost(page), dpi=page.dpi, skew=pose.skew if may_turn else None)


def _even(reader: Reader, page: Image.Image, limits: Limits) -> Image.Image | None:
    """Return a page on even ground; None if its ground is even, or is nothing to the reader."""
    with processor_time(limits.decoding):
        return evened(page) if loses_shaded_text(reader.version) and is_shaded(page) else None


def _on_even_ground(
    read: Callable[[Image.Image], Layout],
    page: Image.Image,
    even: Image.Image | None,
    layout: Layout,
    limits: Limits,
) -> Layout:
    """Return the layout of a page or, while ink is left, the one of the page on even ground with most certain letters.

    ``even`` is the page on even ground if the layout is of that. Last the light letters of dark areas are made dark
    too; they may be what is left.
    """
    if even is None and leaves_ink(layout):
        with processor_time(limits.decoding):
            even = evened(page)
        layout = max(layout, read(even), key=certain_letters)
    if even is not None and leaves_ink(layout):
        with processor_time(limits.decoding):
            changed = without_dark_areas(page, even)
        if changed is not None:
            layout = max(layout, read(changed), key=certain_letters)
    return layout


def _lost(page: PagePicture) -> tuple[ItemWarning, ...]:
    return () if page.is_whole else (ItemWarning.PAGES_LOST,)


def _check_languages(reader: Reader, options: JobOptions) -> None:
    if not set(options.languages) <= set(reader.languages):
        raise EngineFailure(ItemErrorCode.UNSUPPORTED_LANGUAGE)


def _decoded(request: Request, source: FileSource, limits: Limits) -> PagePicture:
    with processor_time(limits.decoding):
        return grey_page(source, request.page, limits.max_pixels, request.options.dpi)


def _text(request: Request, source: FileSource, limits: Limits) -> PageText | None:
    with processor_time(limits.decoding):
        return text_of_page(source, request.page, limits.max_pixels, request.options.dpi)


def _read(
    reader: Reader,
    picture: Image.Image,
    pose: Pose,
    options: JobOptions,
    limits: Limits,
    original: Image.Image | None = None,
) -> Layout:
    """Return the layout of a page that lies like this, with boxes and size of the page as it lies.

    ``original`` is the page as it was, if the picture was changed: what was not read is looked for there.
    """
    with processor_time(limits.decoding):
        framed = with_margin(pose.upright(picture), original or picture)
    read = calibrated(reader.read(framed.page, options)).without_margin(framed.margin)
    layout = replace(pose.lying(read, picture.size), rotation=pose.rotation)
    if loses_shaded_text(layout.engine):
        with processor_time(limits.decoding):
            return replace(layout, unread=unread_share(original or picture, layout.lines))
    return layout
