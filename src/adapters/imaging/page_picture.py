"""A page of a file, decoded or drawn."""

from dataclasses import dataclass

from PIL import Image

from adapters.imaging.page_text import PageText


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as a picture."""

    picture: Image.Image
    #: Dots per inch, if known.
    dpi: float | None = None
    #: The text that the page has itself, if it was asked for and is certain.
    text: PageText | None = None
