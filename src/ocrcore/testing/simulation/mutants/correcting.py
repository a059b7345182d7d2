"""Mutants of corrections."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.jobs import correct, owner_jobs
from ocrcore.domain.correction import Correction, Edit, Rewrite
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.layout import Layout
from ocrcore.domain.search_page import SearchPage
from ocrcore.testing.simulation.fakes import Fakes
from ocrcore.testing.simulation.mutants.replacing import replaced


def lost_update() -> AbstractContextManager[None]:
    """A correction is based on whatever revision the page has by now."""
    original: Callable[..., Item] = correct.correct_item

    def correct_item(context: Context, owner: str, item_id: UUID, _revision: int, edits: Sequence[Edit]) -> Item:
        return original(context, owner, item_id, context.jobs.item(item_id, owner).revision, edits)

    return replaced(owner_jobs, "correct_item", correct_item)


def others_dropped() -> AbstractContextManager[None]:
    """A correction takes the place of all that stand, not only of those at its place."""

    def rewrite(
        edits: Iterable[Edit], standing: Sequence[Correction], *, revision: int, actor: str, now: datetime
    ) -> Rewrite:
        written = tuple(Correction(edit.place, edit.text, revision, actor, now) for edit in edits)
        return Rewrite(tuple(one.place for one in standing), written)

    return replaced(correct, "rewrite", rewrite)


def old_words_found() -> AbstractContextManager[None]:
    """The search index keeps the words as they were recognised."""

    def read(item: Item, owner: str) -> SearchPage:
        return SearchPage.of(item, SearchPage.read(item.as_recognised(), owner).terms)

    class Recognised:
        """Makes rows of the index of the engine's text."""

    Recognised.read = staticmethod(read)  # type: ignore[attr-defined]
    return replaced(correct, "SearchPage", Recognised)


def layout_without_corrections() -> AbstractContextManager[None]:
    """Layouts are shown as they were recognised, though the text is corrected."""
    from ocrcore.application.jobs import results  # noqa: PLC0415

    def corrected_layout(layout: Layout, _corrections: Iterable[Correction]) -> Layout:
        return layout

    return replaced(results, "corrected_layout", corrected_layout)


def repeat_counted() -> AbstractContextManager[None]:
    """A repeated correction is a conflict with itself."""
    return replaced(correct, "is_repeat", lambda _edits, _standing, _revision: False)


def retry_drops(fakes: Fakes) -> Fakes:
    """A retry leaves the good pages as they were recognised."""
    return _spoilt(fakes, _Dropping)


def deletion_keeps(fakes: Fakes) -> Fakes:
    """A deletion leaves the corrections."""
    tables: Any = fakes.tables
    original: Callable[[Any], None] = tables.bury

    def bury(tombstone: Any) -> None:  # noqa: ANN401 - the table's
        kept = dict(tables.corrections)
        original(tombstone)
        tables.corrections.update(kept)

    tables.bury = bury
    return fakes


class _Dropping:
    """A transaction whose retry drops corrections."""

    def __init__(self, transaction: Any) -> None:  # noqa: ANN401 - the port's
        self._transaction = transaction

    def sweep(self, sweep: Sweep) -> object:
        swept: object = self._transaction.sweep(sweep)
        if sweep.queued_at is not None:
            for item in self._transaction._items():  # noqa: SLF001 - the fake's
                if item.revision:
                    read = self._transaction.item(item.id)
                    self._transaction.save(self._transaction.job, read.as_recognised())
        return swept

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the type of any attribute
        return getattr(self._transaction, name)


def _spoilt(fakes: Fakes, wrap: Callable[[Any], Any]) -> Fakes:
    class Spoilt:
        """Jobs whose transactions are wrapped."""

        def transact(self, job_id: UUID, decide: Callable[[Any], Any], **announced: Any) -> Any:  # noqa: ANN401
            return fakes.context.jobs.transact(job_id, lambda transaction: decide(wrap(transaction)), **announced)

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the type of any attribute
            return getattr(fakes.context.jobs, name)

    spoilt: Any = Spoilt()
    return replace(fakes, context=replace(fakes.context, jobs=spoilt))
