"""The format ``txt``: plain text, pages in order, separated by form feeds."""

from collections.abc import Iterator

from ocrcore.formats.results import JobResult, PageResult


def page_text(page: PageResult) -> Iterator[bytes]:
    """Yield the text of a page."""
    yield page.text.encode()


def job_text(result: JobResult) -> Iterator[bytes]:
    """Yield the texts of a job's recognised pages, separated by form feeds."""
    separator = ""
    for page in result.pages:
        yield f"{separator}{page.text}".encode()
        separator = "\f"
