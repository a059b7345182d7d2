"""Mutants of the search index."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.upkeep import purge, upkeep
from ocrcore.application.worker import commit_results
from ocrcore.application.worker.commit_results import Result
from ocrcore.domain.item import Item
from ocrcore.domain.search_page import SearchPage
from ocrcore.testing.simulation.mutants.replacing import replaced


def deletion_keeps_words() -> AbstractContextManager[None]:
    """A purge deletes the documents only."""
    return replaced(purge, "remove_pages", lambda _context, _tombstone: None)


def unsearchable_page() -> AbstractContextManager[None]:
    """A page that was finished together with others is not added to the index."""
    original = commit_results.search_pages

    def search_pages(items: Sequence[Item], terms: Mapping[UUID, str]) -> Sequence[SearchPage]:
        return original(items[:1], terms)

    return replaced(commit_results, "search_pages", search_pages)


def words_of_another_page() -> AbstractContextManager[None]:
    """The terms of results that are committed together are mixed up."""
    original: Callable[[Sequence[Result]], Mapping[UUID, str]] = commit_results._terms  # noqa: SLF001 - it is replaced

    def terms(results: Sequence[Result]) -> Mapping[UUID, str]:
        found = original(results)
        return dict(zip(found, reversed(list(found.values())), strict=True))

    return replaced(commit_results, "_terms", terms)


def old_pages_ignored() -> AbstractContextManager[None]:
    """Nobody looks for pages that the index lacks."""

    def index_pages_once(_context: Context) -> int:
        return 0

    steps = tuple(index_pages_once if step.__name__ == "index_pages_once" else step for step in upkeep.STEPS)
    return replaced(upkeep, "STEPS", steps)
