"""The part of a file that its pixels need, opened by the one decoder of its kind."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from PIL import AvifImagePlugin, ImageFile

from adapters.imaging.headers import bmp, gif, heif, jp2, jpeg, png, tiff_page, webp
from adapters.imaging.headers.bounded import HeaderDamaged, PageMissing
from adapters.imaging.headers.exif import UPRIGHT, orientation_of
from adapters.imaging.headers.header import PictureHeader
from adapters.imaging.headers.hollow import refuse_hollow
from adapters.imaging.headers.tiff_fax import Fax
from adapters.imaging.headers.tiff_forms import Form

#: Extension -> Pillow's module of its decoder, and its name there.
_PLUGINS: Final[Mapping[str, tuple[str, str]]] = {
    "avif": ("AvifImagePlugin", "AvifImageFile"),
    "bmp": ("BmpImagePlugin", "BmpImageFile"),
    "gif": ("GifImagePlugin", "GifImageFile"),
    "jp2": ("Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    "jpg": ("JpegImagePlugin", "JpegImageFile"),
    "png": ("PngImagePlugin", "PngImageFile"),
    "tif": ("TiffImagePlugin", "TiffImageFile"),
    "webp": ("WebPImagePlugin", "WebPImageFile"),
}
_OPENERS: Final = {
    extension: getattr(import_module(f"PIL.{module}"), name) for extension, (module, name) in _PLUGINS.items()
}
AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # else as many as there are processors, in every child

#: Pillow's name of a form of samples in Motorola's byte order -> that in this machine's order.
_NATIVE: Final[Mapping[str, str]] = {"I;16BS": "I;16NS", "I;32BS": "I;32NS", "F;32BF": "F;32NF"}


@dataclass(frozen=True, slots=True)
class Essence:
    """The essence of a file."""

    extension: str
    content: bytes
    #: The Exif orientation, from 1 to 8.
    orientation: int
    #: Of a TIFF.
    form: Form | None = None
    #: Of a TIFF with a fax.
    fax: Fax | None = None
    #: Of a JPEG.
    scans: jpeg.Essence | None = None
    #: Which frame of the content it is, from 0.
    frame: int = 0
    #: The bits of a sample, if the decoder leaves those of fewer than 8 unscaled.
    bits: int = 8
    #: Width and height, if PDFium decodes it.
    for_pdfium: tuple[int, int] | None = None
    #: The part that is shown, before it is turned, if the decoder returns more.
    part: heif.Part | None = None

    def open(self, padding: bytes = b"") -> ImageFile.ImageFile:
        """Return the picture, with its pixels not yet decoded; ``padding`` is added to its data. Raises any error."""
        end = b"" if self.scans is None else jpeg.END
        picture: ImageFile.ImageFile = _opener(self.extension)(io.BytesIO(self.content + padding + end))
        if self.frame:
            picture.seek(self.frame)
        if self.extension == "heic" and not picture.info.get("primary"):  # it is damaged, and another one was opened
            raise HeaderDamaged
        picture.tile = [tile._replace(args=_native(tile)) for tile in picture.tile]
        return picture


def _opener(extension: str) -> Any:  # noqa: ANN401 - as many types as there are decoders
    if extension != "heic":
        return _OPENERS[extension]
    from pi_heif import options  # noqa: PLC0415 - an optional extra, slow to import
    from pi_heif.as_plugin import HeifImageFile  # noqa: PLC0415

    options.DECODE_THREADS = 1
    return HeifImageFile


def _native(tile: ImageFile._Tile) -> Any:  # noqa: ANN401 - as many forms as there are decoders
    """Return the arguments of a decoder. Those of libtiff get the byte order in which it returns samples.

    Pillow corrects the order of 16 bits only, so it would misread compressed samples of 32 bits.
    """
    if tile.codec_name != "libtiff" or not isinstance(tile.args, tuple):
        return tile.args
    mode, *rest = tile.args
    return (_NATIVE.get(mode, mode), *rest)


def essence_of(source: bytes, header: PictureHeader, number: int = 1) -> Essence:
    """Return the essence of a page of a file with this header.

    Raises ``HeaderDamaged``, ``HeaderCut``, ``NotRead`` or ``PageMissing``.
    """
    if number < 1 or (number > 1 and not header.several):
        raise PageMissing
    match header.extension:
        case "jpg":
            parts = jpeg.essence(source)
            return Essence("jpg", parts.content, orientation_of(parts.exif), scans=parts)
        case "png":
            return Essence("png", png.essence(source), orientation_of(png.exif_of(source)))
        case "tif":
            page = tiff_page.essence(source, number)
            return Essence("tif", page.content, page.orientation, form=page.form, fax=page.fax)
        case "gif":
            content, frame = gif.essence(source, number)
            return Essence("gif", content, orientation_of(None), frame=frame)
        case "bmp":
            bmp.refuse_cut(source)
            return Essence("bmp", bmp.essence(source), orientation_of(None))
        case "webp":
            refuse_hollow(source)
            content, frame = webp.essence(source, number)
            return Essence("webp", content, orientation_of(webp.exif_of(source)), frame=frame)
        case extension:
            return _in_boxes(extension, source if number == 1 else heif.page_first(source, number))


def _in_boxes(extension: str, source: bytes) -> Essence:
    """Return a file as it is. The decoder of HEIC cuts and turns pictures itself; that of AVIF does not."""
    if extension == "jp2":
        jp2.refuse_cut(source)
        form = jp2.form_of(source)
        if form.is_for_pdfium:
            return Essence("jp2", source, UPRIGHT, for_pdfium=(form.width, form.height))
        return Essence("jp2", source, UPRIGHT, bits=form.bits[0])
    refuse_hollow(source)
    orientation, part = heif.shown_of(source) if extension == "avif" else (UPRIGHT, None)
    return Essence(extension, source, orientation, part=part)
