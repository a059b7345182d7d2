"""The numbers that viewers show for pages, such as iv or A-12. For walled processes only.

A document has them by place, so they say nothing true any more where its pages are copied into another one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from pikepdf import Array, Dictionary, Name, NumberTree, Object, Pdf, String

#: Decimal, Roman and letters, the latter two also small.
_STYLES: Final = frozenset({"/D", "/R", "/r", "/A", "/a"})
#: The highest number that one begins with; viewers hold no more.
_HIGHEST: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class PageLabel:
    """The label of a page: its prefix, and its number in this style; None for no number."""

    style: str | None = "/D"
    prefix: str = ""
    number: int = 1

    def after(self, pages: int) -> Self:
        """Return the label of the page that is so many behind."""
        return replace(self, number=self.number + pages)


def labels_of(pdf: Pdf) -> Sequence[PageLabel] | None:
    """Return a label for each page, or None if the document has none, or they are damaged."""
    count = len(pdf.pages)
    try:
        ranges = [(at, _first(found)) for at, found in NumberTree(pdf.Root.PageLabels).items() if 0 <= at < count]
    except Exception:  # noqa: BLE001 - a damaged tree causes all kinds of errors, and so does none
        return None
    if not ranges:
        return None
    ranges = sorted(dict([(0, PageLabel()), *ranges]).items())
    ends = [*(at for at, _ in ranges[1:]), count]
    return [label.after(place) for (at, label), end in zip(ranges, ends, strict=True) for place in range(end - at)]


def plain_labels(pages: int) -> Sequence[PageLabel]:
    """Return what viewers show for the pages of a document without labels."""
    return [PageLabel().after(place) for place in range(pages)]


def set_labels(pdf: Pdf, labels: Sequence[PageLabel]) -> None:
    """Give each page its label."""
    ranges: list[int | Object] = []
    for at, label in enumerate(labels):
        if not at or label != labels[at - 1].after(1):
            ranges += [at, _entry(label)]
    pdf.Root.PageLabels = pdf.make_indirect(Dictionary(Nums=Array(ranges)))


def _first(found: object) -> PageLabel:
    """Return the label that a range begins with; what is odd in it is as if it were not there."""
    if not isinstance(found, Dictionary):
        return PageLabel()
    style, prefix = found.get("/S"), found.get("/P")
    start: object = found.get("/St")
    return PageLabel(
        str(style) if str(style) in _STYLES else None,
        str(prefix) if isinstance(prefix, String) else "",
        start if isinstance(start, int) and 1 <= start <= _HIGHEST else 1,
    )


def _entry(label: PageLabel) -> Dictionary:
    entry = Dictionary(St=label.number)
    if label.style is not None:
        entry.S = Name(label.style)
    if label.prefix:
        entry.P = String(label.prefix)
    return entry
