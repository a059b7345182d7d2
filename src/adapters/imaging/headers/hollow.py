"""Files that end in zeros, as those of a download do that was broken off after making room."""

from typing import Final

from adapters.imaging.headers.bounded import HeaderCut

#: The share of a file that may be zeros at its end.
_MOST_ZEROS: Final = 0.05
_FEW_ZEROS: Final = 64


def refuse_hollow(source: bytes) -> None:
    """Raise ``HeaderCut`` for such a file. Pictures without a checksum decode zeros as any other data."""
    if len(source) - len(source.rstrip(b"\0")) > max(_FEW_ZEROS, _MOST_ZEROS * len(source)):
        raise HeaderCut
