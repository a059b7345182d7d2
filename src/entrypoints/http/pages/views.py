"""What pages show of jobs and pages, in the words of people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from entrypoints.http.pages.speech import Speech
from ocrcore import Item, ItemErrorCode, Job
from ocrcore.domain.codes import FILE_ERRORS
from ocrcore.domain.layout import engine_name
from ocrcore.domain.lifecycle import ItemStatus

#: The engine of a page whose text was taken from a PDF.
_PDF_TEXT: Final = "pdf-text"
#: Why a page has no picture either.
_WITHOUT_PICTURE: Final = FILE_ERRORS | {
    ItemErrorCode.SOURCE_MISSING,
    ItemErrorCode.MULTI_FRAME_IMAGE,
    ItemErrorCode.IMAGE_TOO_LARGE,
    ItemErrorCode.TOO_MANY_PAGES,
}
#: Pages that are read before it is told how long the rest will take.
_ENOUGH: Final = 2


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job in a list, or at the head of its page."""

    job: Job
    #: Why it does not progress.
    blocked_by: str | None
    say: Speech

    @property
    def state(self) -> str:
        """The word for its status."""
        return self.say("status.draft") if self.job.submitted_at is None else self.say(f"status.{self.job.status}")

    @property
    def done(self) -> str:
        """How many of its pages are done."""
        counts = self.job.counts
        if counts.done == counts.total:
            return self.say("count.pages", counts.total)
        number = self.say.number
        return self.say("count.done", done=number(counts.done), total=number(counts.total))

    @property
    def has_failed_whole(self) -> bool:
        """Whether none of its pages was read, so that there is no part of it to tell of."""
        return 0 < self.job.counts.error == self.job.counts.total

    @property
    def left(self) -> str | None:
        """How long the rest takes if it goes on as until now; None if that is not known.

        After a retry it is not: when the pages that are done were read, their job does not tell.
        """
        counts, begun = self.job.counts, self.job.submitted_at
        if not self.job.is_open or begun is None or counts.done < _ENOUGH or self.blocked_by:
            return None
        if self.job.was_given_time_anew:
            return None
        each = (self.say.now - begun) / counts.done
        return self.say("count.left", time=self.say.span(each * (counts.pending + counts.processing)))

    @property
    def warnings(self) -> Sequence[tuple[str, str]]:
        """What there is to know about its files: name and sentence."""
        return [(one.file, self.say.known(f"warning.{one.code}", one.message)) for one in self.job.warnings]

    @property
    def bar(self) -> Sequence[tuple[str, float, float]]:
        """The segments of its bar: kind, beginning and width, of 100."""
        counts, at, segments = self.job.counts, 0.0, []
        kinds = {"done": counts.done, "error": counts.error, "processing": counts.processing}
        for kind, count in kinds.items():
            width = 100 * count / counts.total if counts.total else 0.0
            if width:
                segments.append((kind, round(at, 2), round(width, 2)))
            at += width
        return segments

    @property
    def bar_label(self) -> str:
        """The bar in words."""
        counts = self.job.counts
        return self.say(
            "bar.label", done=counts.done, error=counts.error, processing=counts.processing, pending=counts.pending
        )


@dataclass(frozen=True, slots=True)
class ItemCard:
    """A page among others."""

    item: Item
    say: Speech

    @property
    def name(self) -> str:
        """Its file and, for a document, its number."""
        if self.item.is_whole_file:
            return self.item.filename
        return self.say("job.page.of", file=self.item.filename, n=self.item.page)

    @property
    def short(self) -> str:
        """Its number, or its file if that is all there is to it."""
        return self.item.filename if self.item.is_whole_file else self.say("job.page", n=self.item.page)

    @property
    def has_picture(self) -> bool:
        """Whether it can be drawn, as far as that is known."""
        return self.item.error_code not in _WITHOUT_PICTURE

    @property
    def state(self) -> str:
        """The word for its status."""
        return self.say(f"status.{self.item.status}")

    @property
    def why(self) -> str | None:
        """Why it failed."""
        code = self.item.error_code
        return None if code is None else self.say(f"failure.{code}")

    @property
    def note(self) -> str | None:
        """How sure its text is, or what else is to be said of it."""
        item = self.item
        if item.status is ItemStatus.PENDING and item.attempts:
            return self.say("job.retry.waits", n=item.attempts + 1)
        if item.status is not ItemStatus.DONE:
            return None
        if engine_name(item.engine or "") == _PDF_TEXT:
            return self.say("job.pdf_text")
        if item.confidence is None:
            return self.say("job.no_words")
        return self.say("job.confidence", n=round(item.confidence))

    @property
    def shape(self) -> str:
        """Whether it is upright or lies on its side, for the frame that waits for its picture."""
        item = self.item
        return "wide" if item.width and item.height and item.width > item.height else "tall"


def elapsed(start: datetime, end: datetime) -> timedelta:
    """Return the time between two instants, never below zero, whatever the clocks of two machines say."""
    return max(end - start, timedelta())


def short_name(worker: str) -> str:
    """Return the part of a worker's id that people tell it by, among those that they see at a time."""
    return worker[:8]
