"""Picture headers, read with Pillow."""

from typing import BinaryIO, Final

from adapters.imaging.kinds import DAMAGED, HEAD, kind_of
from adapters.imaging.pictures import EXTENSIONS, open_picture
from ocrcore.domain.errors import EmptyFile, UnsupportedImage
from ocrcore.domain.media import ACCEPTED
from ocrcore.ports.imaging import Header, Imaging

_ADVICE: Final = f"send {ACCEPTED}."


class PillowImaging(Imaging):
    """Identifies files by their bytes, not by their names. Refuses pictures of more than ``max_pixels``."""

    def __init__(self, max_pixels: int = 50_000_000) -> None:
        self._max_pixels = max_pixels

    def inspect(self, content: BinaryIO) -> Header:
        """Return the header of a file."""
        content.seek(0)
        head = content.read(HEAD)
        if not head:
            msg = "The file is empty."
            raise EmptyFile(msg)
        try:
            picture = open_picture(content, self._max_pixels)
        except UnsupportedImage as error:
            raise UnsupportedImage(_refusal(kind_of(head))) from error
        return Header(EXTENSIONS[picture.format or ""])


def _refusal(kind: str | None) -> str:
    if kind is None:
        return f"The file is not a picture that can be read; {_ADVICE}"
    if kind.startswith(DAMAGED):
        return f"The file is {kind}, or ends too early, as after a broken upload; send the whole file again."
    return f"The file is not a picture that can be read, it is {kind}; {_ADVICE}"
