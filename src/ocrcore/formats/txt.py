"""Plain text: pages in order, a form feed between each two."""

from collections.abc import Iterator

from ocrcore.formats.results import JobResult, PageResult


def page_text(page: PageResult) -> Iterator[bytes]:
    """Yield the text of a page."""
    yield page.text.encode()


def job_text(result: JobResult) -> Iterator[bytes]:
    """Yield the texts of a job's good pages."""
    separator = ""
    for page in result.pages:
        yield f"{separator}{page.text}".encode()
        separator = "\f"
