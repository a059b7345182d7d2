"""Corrections: what people wrote in place of words and lines that were recognised wrongly.

A correction belongs to a place of the layout **as it was recognised**, which never changes: a line and one of its
words, or the whole line. So corrections need no order among themselves, and the page as it is shown is a pure function
of the layout and of the corrections that stand. Each change of a page counts its revision up by one; every correction
has the revision that it came with.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Final

from ocrcore.domain.errors import InvalidOption
from ocrcore.domain.layout import Box, Layout, Line, Word, around, turned_box
from ocrcore.domain.normalisation import normalise_text

#: Most characters of one correction, and most corrections of one request.
MAX_CORRECTION: Final = 2000
MAX_CORRECTIONS: Final = 1000
#: The confidence of a word that a person wrote.
_CERTAIN: Final = 100.0


@dataclass(frozen=True, slots=True)
class Place:
    """A word of the layout as recognised, by the numbers of its line and in it, from 0; ``word`` None: the line."""

    line: int
    word: int | None


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody asks for: another text at a place. An empty text removes the word or the line."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Correction:
    """An edit that stands."""

    place: Place
    #: On one line, words separated by single blanks, in NFC; empty if the word or line was removed.
    text: str
    #: The revision of the page that it came with, from 1.
    revision: int
    #: The owner, or ``key:`` and the id of a key.
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The corrections of a page before and after a change, as an adapter writes it."""

    #: Places whose correction stands no more, or is replaced.
    dropped: tuple[Place, ...]
    written: tuple[Correction, ...]


def require_number(edits: Sequence[Edit]) -> None:
    """Raise ``InvalidOption`` if these are more edits than a change may have, or none.

    Asked before a page is locked: what is told of a conflict grows with the edits.
    """
    if not edits or len(edits) > MAX_CORRECTIONS:
        msg = f"corrections must have 1 to {MAX_CORRECTIONS} entries."
        raise InvalidOption(msg)


def checked_edits(edits: Sequence[Edit], layout: Layout, standing: Iterable[Correction]) -> Sequence[Edit]:
    """Return the edits with their texts in the stored form.

    Raises ``InvalidOption``, which names the edit: for a place that the layout does not have or that is named twice, a
    word of a line that is, or was, corrected as a whole, and a text that is too long.
    """
    require_number(edits)
    whole = _whole_lines(layout, standing)
    seen: set[Place] = set()
    checked = []
    for number, edit in enumerate(edits):
        name, place = f"corrections[{number}]", edit.place
        _require_place(name, place, layout)
        if place in seen:
            msg = f"{name} is about the same place as one before; name every place once."
            raise InvalidOption(msg)
        seen.add(place)
        if len(edit.text) > MAX_CORRECTION:
            msg = f"{name}.text has more than {MAX_CORRECTION} characters; split the correction."
            raise InvalidOption(msg)
        checked.append(Edit(place, _one_line(edit.text)))
    named_whole = {place.line for place in seen if place.word is None}
    for number, edit in enumerate(edits):
        if edit.place.word is not None and edit.place.line in whole | named_whole:
            msg = f"corrections[{number}].word: line {edit.place.line} is corrected as a whole; leave its word null."
            raise InvalidOption(msg)
    return checked


def rewrite(
    edits: Iterable[Edit], standing: Sequence[Correction], *, revision: int, actor: str, now: datetime
) -> Rewrite:
    """Return what checked edits change. A correction of a whole line takes the place of those of its words."""
    written = tuple(Correction(edit.place, edit.text, revision, actor, now) for edit in edits)
    places = {correction.place for correction in written}
    lines = {place.line for place in places}
    whole = {place.line for place in places if place.word is None}

    def is_dropped(place: Place) -> bool:
        return place in places or place.line in whole or (place.word is None and place.line in lines)

    return Rewrite(tuple(one.place for one in standing if is_dropped(one.place)), written)


def after(standing: Iterable[Correction], change: Rewrite) -> Sequence[Correction]:
    """Return the corrections that stand after a change."""
    dropped = frozenset(change.dropped)
    return [*(one for one in standing if one.place not in dropped), *change.written]


def is_repeat(edits: Collection[Edit], standing: Iterable[Correction], revision: int) -> bool:
    """Return whether these edits are the change that made this revision: a client repeats it if an answer was lost."""
    made = {(one.place, one.text) for one in standing if one.revision == revision}
    return made == {(edit.place, _one_line(edit.text)) for edit in edits}


def corrected_layout(layout: Layout, corrections: Iterable[Correction]) -> Layout:
    """Return the page as it is shown: the layout with the corrections, whose words have places near the old ones.

    A word that was corrected keeps its box, and shares it if it became several. Words that a correction of a line
    leaves as they are keep theirs. Words and lines without a text are gone.
    """
    texts = {one.place: one.text for one in corrections}
    if not texts:
        return layout
    lines = [_corrected_line(line, number, texts, layout) for number, line in enumerate(layout.lines)]
    if all(now is before for now, before in zip(lines, layout.lines, strict=True)):
        return layout
    shown = replace(layout, text=_page_text(layout, lines), lines=tuple(line for line in lines if line is not None))
    return shown if shown.is_whole else replace(shown, text=_rebuilt_text(layout, lines))


def word_places(layout: Layout, corrections: Iterable[Correction]) -> Sequence[Sequence[Place]]:
    """Return for each line of the corrected layout the places at which its words are corrected, word for word."""
    texts = {one.place: one.text for one in corrections}
    lines = (
        [place for place, _ in _corrected_words(line, number, texts, layout)]
        for number, line in enumerate(layout.lines)
    )
    return [places for places in lines if places]


def text_at(place: Place, layout: Layout, corrections: Iterable[Correction]) -> str:
    """Return the text that is shown at a place of the layout; empty if it is removed."""
    (text,) = texts_at([place], layout, corrections)
    return text


def texts_at(places: Iterable[Place], layout: Layout, corrections: Iterable[Correction]) -> Sequence[str]:
    """Return the texts that are shown at several places of the layout; empty where it is removed."""
    texts = {one.place: one.text for one in corrections}

    @cache
    def shown_line(number: int) -> str:
        corrected = _corrected_line(layout.lines[number], number, texts, layout)
        return "" if corrected is None else corrected.text

    def shown(place: Place) -> str:
        if place.word is not None and Place(place.line, None) not in texts:
            return texts.get(place, layout.lines[place.line].words[place.word].text)
        return shown_line(place.line)

    return [shown(place) for place in places]


def differing(layout: Layout, corrections: Iterable[Correction]) -> Mapping[Place, Correction]:
    """Return the corrections that say something else than was recognised, by place."""
    return {one.place: one for one in corrections if one.text != _recognised_at(one.place, layout)}


def _recognised_at(place: Place, layout: Layout) -> str:
    line = layout.lines[place.line]
    return line.text if place.word is None else line.words[place.word].text


def _whole_lines(layout: Layout, standing: Iterable[Correction]) -> set[int]:
    """Return the lines that were corrected as a whole, and do not say what was recognised again."""
    return {place.line for place in differing(layout, standing) if place.word is None}


def _require_place(name: str, place: Place, layout: Layout) -> None:
    if not 0 <= place.line < len(layout.lines):
        lines = len(layout.lines)
        told = f"the page has {lines} lines, numbered from 0" if lines else "the page has no lines"
        msg = f"{name}.line: {told}."
        raise InvalidOption(msg)
    words = len(layout.lines[place.line].words)
    if place.word is not None and not 0 <= place.word < words:
        msg = f"{name}.word: the line was recognised with {words} words, numbered from 0."
        raise InvalidOption(msg)


def _one_line(text: str) -> str:
    return " ".join(normalise_text(text).split())


def _corrected_line(line: Line, number: int, texts: Mapping[Place, str], layout: Layout) -> Line | None:
    """Return a line as it is shown, the same object if nothing is corrected, or None if nothing is left."""
    words = tuple(word for _, word in _corrected_words(line, number, texts, layout))
    if words == line.words:
        return line
    return replace(line, words=words) if words else None


def _corrected_words(
    line: Line, number: int, texts: Mapping[Place, str], layout: Layout
) -> Sequence[tuple[Place, Word]]:
    """Return the words of a line as it is shown, each with the place at which it is corrected."""
    whole = texts.get(Place(number, None))
    if whole is not None and whole != line.text:
        return [(Place(number, None), word) for word in _aligned(line, whole.split(), layout)]
    shown: list[tuple[Place, Word]] = []
    for at, word in enumerate(line.words):
        text = texts.get(Place(number, at))
        words = [word] if text is None or text == word.text else _shared([word], text.split(), layout)
        shown += [(Place(number, at), one) for one in words]
    return shown


def _aligned(line: Line, texts: Sequence[str], layout: Layout) -> Sequence[Word]:
    """Return the words of a line that was corrected as a whole: equal ones at both ends keep their boxes."""
    words = line.words
    most = min(len(words), len(texts))
    start = next((at for at in range(most) if words[at].text != texts[at]), most)
    left = most - start
    end = next((at for at in range(left) if words[-1 - at].text != texts[-1 - at]), left)
    if start + end == len(words) and start + end < len(texts):  # words were added only: beside a neighbour
        start, end = (start - 1, end) if start else (start, end - 1)
    between = words[start : len(words) - end]
    return [
        *words[:start],
        *_shared(between, texts[start : len(texts) - end], layout),
        *words[len(words) - end :],
    ]


def _shared(words: Sequence[Word], texts: Sequence[str], layout: Layout) -> Sequence[Word]:
    """Return words with these texts in the places of others: one by one, or in shares by their letters."""
    known = any(word.confidence is not None for word in words)
    confidence = _CERTAIN if known else None
    if len(words) == len(texts):
        return [
            word if word.text == text else Word(text, word.bbox, confidence)
            for word, text in zip(words, texts, strict=True)
        ]
    if not texts:
        return []
    boxes = _shares(around(word.bbox for word in words), texts, layout)
    return [Word(text, box, confidence) for text, box in zip(texts, boxes, strict=True)]


def _shares(box: Box, texts: Sequence[str], layout: Layout) -> Sequence[Box]:
    """Return the parts of a box, side by side in the direction of reading, each as wide as its text is long."""
    size = layout.width, layout.height
    x0, y0, x1, y1 = turned_box(box, size, layout.rotation)
    total = sum(map(len, texts)) + len(texts) - 1
    shares, at = [], 0
    for text in texts:
        left, right = (x0 + (x1 - x0) * place // total for place in (at, at + len(text)))
        shares.append((left, y0, max(right, left), y1))
        at += len(text) + 1
    read = size[::-1] if layout.rotation % 180 else size
    return [turned_box(share, read, -layout.rotation) for share in shares]


def _page_text(layout: Layout, lines: Sequence[Line | None]) -> str:
    """Return the text of the page with the changed lines in it, all others as they were; empty if that fails."""
    rows = layout.text.split("\n")
    filled = [at for at, row in enumerate(rows) if row.strip()]
    if len(filled) != len(lines):
        return ""
    for at, now, before in zip(filled, lines, layout.lines, strict=True):
        if now is not before:
            rows[at] = "\0" if now is None else now.text
    return _without_gaps("\n".join(row for row in rows if row != "\0"))


def _rebuilt_text(layout: Layout, lines: Sequence[Line | None]) -> str:
    """Return the text of the page from its lines alone."""
    texts = iter("" if line is None else line.text for line in lines)
    paragraphs = ([text for _ in paragraph if (text := next(texts))] for paragraph in layout.paragraphs)
    return "\n\n".join("\n".join(paragraph) for paragraph in paragraphs if paragraph)


def _without_gaps(text: str) -> str:
    """Return the text with one empty line between paragraphs, where a paragraph in between is gone."""
    return normalise_text("\n\n".join(part.strip("\n") for part in text.split("\n\n") if part.strip("\n")))
