"""The formats ``pdf`` and ``pdfa``: the uploaded pages, with invisible text over them to search and copy."""

from collections.abc import Iterator

from ocrcore.formats.results import JobResult, PageResult


def page_pdf(page: PageResult) -> Iterator[bytes]:
    """Yield a PDF of a page."""
    return page.write_pdf(archival=False)


def job_pdf(result: JobResult) -> Iterator[bytes]:
    """Yield a PDF of a job; pages without text stay in it as pages."""
    return result.write_pdf(archival=False)


def page_pdfa(page: PageResult) -> Iterator[bytes]:
    """Yield a PDF/A-2b of a page. Raises ``NotPdfA``."""
    return page.write_pdf(archival=True)


def job_pdfa(result: JobResult) -> Iterator[bytes]:
    """Yield a PDF/A-2b of a job. Raises ``NotPdfA``."""
    return result.write_pdf(archival=True)
