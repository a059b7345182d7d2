"""Correct: write what people read in place of what was recognised wrongly.

The layout is read before the transaction, because it is in the document store, and never changes. The corrections that
stand are read inside it. So whoever is second finds another revision than the one it was based on, and is refused: no
correction is overwritten by somebody who has not seen it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.jobs.change import change_job
from ocrcore.application.jobs.read import get_item
from ocrcore.application.jobs.results import read_recognised
from ocrcore.domain.correction import (
    Correction,
    Edit,
    after,
    checked_edits,
    corrected_layout,
    is_repeat,
    require_number,
    rewrite,
    texts_at,
)
from ocrcore.domain.errors import EditConflict, InvalidOption, ItemNotFound, JobNotFound, NotDone
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.layout import Layout
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.search_page import SearchPage
from ocrcore.ports.jobs import JobTransaction


@dataclass(frozen=True, slots=True)
class PageText:
    """A DONE page with what it takes to show and to correct it."""

    item: Item
    #: As it was recognised; places are of this one.
    layout: Layout
    #: Those that stand, of the item's revision.
    corrections: Sequence[Correction]


def read_page_text(context: Context, owner: str, item_id: UUID) -> PageText:
    """Return a page to be corrected. Raises ``ItemNotFound``, ``NotDone`` and ``LayoutLost``."""
    item = get_item(context, owner, item_id)
    if item.status is not ItemStatus.DONE:
        raise NotDone
    try:
        layout = read_recognised(context, owner, item)
    except JobNotFound as gone:
        raise ItemNotFound from gone
    corrections = context.jobs.corrections(item_id, owner)
    revision = max((one.revision for one in corrections), default=0)
    if revision != item.revision:  # corrected, or deleted, since its row was read
        item, corrections = get_item(context, owner, item_id), context.jobs.corrections(item_id, owner)
    return PageText(item, layout, corrections)


def correct_item(context: Context, owner: str, item_id: UUID, revision: int, edits: Sequence[Edit]) -> Item:
    """Return the item after a change of its text, which was based on this revision.

    A repeat of the change that made the current revision changes nothing. Raises ``ItemNotFound``, ``NotDone``,
    ``EditConflict`` for another revision, ``InvalidOption`` for edits that make no sense or too long a text, and
    ``LayoutLost``.
    """
    item = get_item(context, owner, item_id)
    if item.status is not ItemStatus.DONE:
        raise NotDone
    require_number(edits)
    actor = context.reader or owner
    try:
        layout = read_recognised(context, owner, item)

        def change(transaction: JobTransaction, job: Job, now: datetime) -> Item:
            before = transaction.item(item_id)
            if before is None:
                raise ItemNotFound
            standing = transaction.corrections(item_id)
            if before.revision != revision:
                return _repeated(before, standing, layout, revision, edits)
            checked = checked_edits(edits, layout, standing)
            written = rewrite(checked, standing, revision=revision + 1, actor=actor, now=now)
            text = corrected_layout(layout, after(standing, written)).text
            if not context.policy.allows_text(text):
                msg = "The text of the page would be longer than is allowed; shorten the correction."
                raise InvalidOption(msg)
            corrected = before.corrected(text)
            transaction.correct(item_id, written)
            transaction.save(job.corrected(corrected, len(checked), now), corrected)
            if corrected.is_indexed:  # else upkeep adds it, with this text
                transaction.reindex(SearchPage.read(corrected, job.owner))
            return corrected

        return change_job(context, owner, item.job_id, change, items=[item_id])
    except JobNotFound as gone:
        raise ItemNotFound from gone


def review_item(
    context: Context, owner: str, item_id: UUID, *, reviewed: bool = True, revision: int | None = None
) -> Item:
    """Mark a page as looked at, or as one that nobody has looked at; again, it changes nothing.

    ``revision`` is the one that was looked at; None marks whichever there is, and taking a mark back asks for none.
    Raises ``ItemNotFound``, ``NotDone``, and ``EditConflict`` for another revision.
    """
    item = get_item(context, owner, item_id)
    actor = context.reader or owner

    def change(transaction: JobTransaction, job: Job, now: datetime) -> Item:
        before = transaction.item(item_id)
        if before is None:
            raise ItemNotFound
        marked = before.reviewed(now, actor) if reviewed else before.not_reviewed()
        if reviewed and revision not in {None, before.revision}:
            msg = "Somebody has corrected this page since that revision; look at it again, and mark the one it has now."
            raise EditConflict(msg, revision=before.revision)
        if marked != before:
            transaction.save(job.marked(now), marked)
        return marked

    try:
        return change_job(context, owner, item.job_id, change, items=[item_id])
    except JobNotFound as gone:
        raise ItemNotFound from gone


def _repeated(item: Item, standing: Sequence[Correction], layout: Layout, revision: int, edits: Sequence[Edit]) -> Item:
    """Return the item if these edits made its revision already. Raises ``EditConflict``."""
    if item.revision == revision + 1 and is_repeat(edits, standing, item.revision):
        return item
    known = list(dict.fromkeys(edit.place for edit in edits if _is_place(edit, layout)))
    shown = zip(known, texts_at(known, layout, standing), strict=True)
    texts = [(place.line, place.word, text) for place, text in shown]
    raise EditConflict(revision=item.revision, texts=texts)


def _is_place(edit: Edit, layout: Layout) -> bool:
    place = edit.place
    if not 0 <= place.line < len(layout.lines):
        return False
    return place.word is None or 0 <= place.word < len(layout.lines[place.line].words)
