"""What a result lacks, and what one should know about its files and pages, told where nobody may look for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocrcore.domain.codes import ITEM_WARNING_SENTENCES

if TYPE_CHECKING:
    import logging
    from collections.abc import Sequence

    from ocrcore import Item, Job
    from ocrcore.formats.views import ItemView, JobView

#: Pages and warnings that are named; the others are counted.
_NAMED: Final = 3
#: Code of a warning of a page -> its sentence; a newer service may have others.
_WARNINGS: Final = {str(code): sentence for code, sentence in ITEM_WARNING_SENTENCES.items()}


def file_warnings(job: Job | JobView) -> list[tuple[str, str]]:
    """Return what one should know about the files of a job: the name of each, and a sentence."""
    return [(warning.file, warning.message) for warning in job.warnings]


def page_warnings(item: Item | ItemView) -> list[str]:
    """Return what one should know about a page, a sentence each; the code of one that is newer than this release."""
    return [_WARNINGS.get(code, code) for code in item.warnings]


def tell_of(log: logging.Logger, failed: Sequence[str], warnings: Sequence[str]) -> None:
    """Log a warning of failed pages, if there are any, and one of what one should know; each begins with its file.

    A program that sets up no logging sees it on stderr. It is none of Python's warnings, because a result in part is no
    error where those are errors.
    """
    if failed:
        number = "1 page has" if len(failed) == 1 else f"{len(failed)} pages have"
        _tell(log, f"{number} no text in the result", failed)
    if warnings:
        number = "1 warning" if len(warnings) == 1 else f"{len(warnings)} warnings"
        _tell(log, f"{number} of the result", warnings)


def _tell(log: logging.Logger, what: str, sentences: Sequence[str]) -> None:
    more = f" And {len(sentences) - _NAMED} more." if len(sentences) > _NAMED else ""
    told = f"{what}: {' '.join(sentences[:_NAMED])}{more}"
    log.warning("%s", "".join(filter(str.isprintable, told)))
