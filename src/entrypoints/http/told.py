"""What a client should know of a result that is no JSON: how many pages it lacks, and how many warnings there are."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ocrcore.formats.results import JobResult, PageResult


class Told:
    """Counts what is to be told of a result while that is written, which is before its answer begins."""

    def __init__(self) -> None:
        self._failed = self._warnings = 0

    def of(self, result: JobResult) -> JobResult:
        """Return the result, whose pages are counted as they are read. A PDF reads them by itself: only files count."""
        self._failed, self._warnings = result.job.counts.error, len(result.job.warnings)
        return replace(result, pages=self._counted(result.pages))

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer; none of what is 0."""
        told = {"ocrcore-failed-pages": self._failed, "ocrcore-warnings": self._warnings}
        return {name: str(number) for name, number in told.items() if number}

    def _counted(self, pages: Iterator[PageResult]) -> Iterator[PageResult]:
        for page in pages:
            self._warnings += len(page.item.warnings)
            yield page
