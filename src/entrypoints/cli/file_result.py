"""The result of a file, whose job has no other file, as ``ocr`` and ``watch`` write it."""

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from entrypoints.cli.terminal import heading
from entrypoints.left_out import file_warnings, page_warnings
from ocrcore import Item, Job, OwnerJobs
from ocrcore.formats.registry import Format


def all_items(jobs: OwnerJobs, job_id: UUID) -> list[Item]:
    """Return the items of a job, by position."""
    found: list[Item] = []
    after = -1
    while items := jobs.items(job_id, after=after):
        found += items
        after = items[-1].position
    return found


def file_result(
    jobs: OwnerJobs, form: Format, job_id: UUID, good: Sequence[Item], *, headed: bool = False
) -> Iterator[bytes]:
    """Yield the results of the good pages one after the other, or one of all if the format is no text.

    Between them is the separator of the format, or, if they are ``headed``, above each a line with its number.
    """
    if not form.is_text:
        yield from form.job(jobs.result(job_id))
        return
    for number, item in enumerate(good):
        if headed:
            begin = "\n" if number else ""
            yield f"{begin}{heading(f'page {item.page}')}\n".encode()
        elif number:
            yield form.separator.encode()
        yield from form.page(jobs.item_result(item.id))


def warnings_of(job: Job, items: Collection[Item]) -> list[str]:
    """Return what a person should know about the one file of a job and about its pages, a sentence each."""
    told = [sentence for _, sentence in file_warnings(job)]
    for item in items:
        page = f"page {item.page}: " if len(items) > 1 else ""  # a picture has no pages
        told += [page + sentence for sentence in page_warnings(item)]
    return [f"Warning: {sentence}" for sentence in told]
