"""The results and pictures of a service's jobs: on stdout, in a file, or in a folder with a file for each page."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import click

from entrypoints.cli.jobs_view import MEGABYTE, page_name
from entrypoints.cli.progress import Progress
from entrypoints.cli.terminal import heading, is_piped, printable, refuse_on_terminal
from entrypoints.client import Client
from entrypoints.left_out import file_warnings, page_warnings
from entrypoints.outputs import short_name, write_whole
from ocrcore.domain.errors import InvalidOption, OcrError
from ocrcore.domain.lifecycle import OPEN_JOBS, ItemStatus
from ocrcore.domain.media import KINDS, SUFFIXES
from ocrcore.formats.registry import DEFAULT, Format
from ocrcore.formats.views import ItemView, JobView

#: The name of a page whose file has none.
_UNNAMED: Final = "page"
#: What separates pages of text, and is in no text.
_FORM_FEED: Final = b"\f"


class NothingToWrite(OcrError):
    """There is no result; the text is one sentence for the user."""


def show_result(client: Client, job_id: str, form: Format, *, recognised: bool = False) -> None:
    """Print the result of a finished job while it is received."""
    names = _names_of_pages(client, job_id) if form.name == DEFAULT and sys.stdout.isatty() else None
    _print(client.result_stream(job_id, form.name, recognised=recognised), form, names)


def show_page(client: Client, item_id: str, form: Format, *, recognised: bool = False) -> None:
    """Print the result of a page."""
    _print(client.item_result_stream(item_id, form.name, recognised=recognised), form)


def save_result(client: Client, job_id: str, form: Format, path: Path, *, recognised: bool = False) -> None:
    """Write the result of a finished job into a file."""
    _save(client.result_stream(job_id, form.name, recognised=recognised), form, path)


def save_page(client: Client, item_id: str, form: Format, path: Path, *, recognised: bool = False) -> None:
    """Write the result of a page into a file."""
    _save(client.item_result_stream(item_id, form.name, recognised=recognised), form, path)


def save_pages(client: Client, job: JobView, form: Format, folder: Path, *, recognised: bool = False) -> None:
    """Write a file for each page that was read: of a picture ``scan.jpg.txt``, of a document ``doc.pdf.1.txt``.

    Raises ``NothingToWrite`` if the job is not finished, or has no such page.
    """
    if job.status in OPEN_JOBS:
        msg = f"The job is not finished; ocrcore jobs watch {job.id} waits for it."
        raise NothingToWrite(msg)
    good = list(client.items(job.id, status=ItemStatus.DONE))
    if not good:
        msg = "No page of the job could be read."
        raise NothingToWrite(msg)
    progress = Progress()
    folder.mkdir(parents=True, exist_ok=True)
    for number, (item, name) in enumerate(zip(good, _names(good), strict=True)):
        progress.show(number / len(good), f"{number} of {len(good)}, {name}")
        stream = client.item_result_stream(item.id, form.name, recognised=recognised)
        _save(stream, form, folder / f"{name}{form.suffix}", quiet=True)
    progress.clear()


def tell_of_files(client: Client, job: JobView) -> None:
    """Print on stderr what is known of a job's files before any page is read: warnings, and those that were refused."""
    _tell(file_warnings(job), client.items(job.id, status=ItemStatus.ERROR) if job.items.error else ())


def tell_of_job(client: Client, job: JobView) -> None:
    """Print the warnings of a job and the errors of its pages on stderr, after all that was printed on stdout."""
    _tell(file_warnings(job), client.items(job.id))


def tell_warnings(client: Client, job: JobView) -> None:
    """Print the warnings of a job, and none of the errors, which its status has told."""
    _tell(file_warnings(job), (item for item in client.items(job.id) if item.status is not ItemStatus.ERROR))


def tell_of_page(client: Client, item: ItemView) -> None:
    """Print the warnings of a page on stderr, and those of its file."""
    job = client.get(item.job_id)
    _tell([warning for warning in file_warnings(job) if warning[0] == item.filename], [item])


def _tell(of_files: Iterable[tuple[str, str]], items: Iterable[ItemView]) -> None:
    sys.stdout.flush()
    for file, sentence in of_files:
        _tell_line(file, f"Warning: {sentence}")
    for item in items:
        told = [f"Warning: {sentence}" for sentence in page_warnings(item)]
        for sentence in told if item.error_msg is None else [*told, item.error_msg]:
            _tell_line(page_name(item), sentence)


def _tell_line(name: str, sentence: str) -> None:
    click.echo(printable(f"{name}: {sentence}"), err=True)


def tell_of_name(path: Path, media_type: str) -> None:
    """Print a warning if the name of a file says that it is of another kind than it is."""
    for kind in KINDS:
        says_another = path.suffix.lower() in SUFFIXES - set(kind.suffixes)
        if kind.media_type == media_type and says_another:
            _tell_line(str(path), f"Warning: It is a {kind.name}; the names of such files end in {kind.suffixes[0]}.")


def page_of(client: Client, job_id: str, number: int) -> ItemView:
    """Return a page of a job, counted from 1. Raises ``InvalidOption`` if there is none."""
    pages = list(client.items(job_id))
    if number > len(pages):
        msg = f"The job has {len(pages)} page{'' if len(pages) == 1 else 's'}; --page names one of them."
        raise InvalidOption(msg)
    return pages[number - 1]


def _names(items: Sequence[ItemView]) -> Iterator[str]:
    """Yield a file name for each page, without the ending of the format, all different."""
    documents = {item.filename for item in items if item.page > 1}
    plain = [f"{_safe(item)}.{item.page}" if item.filename in documents else _safe(item) for item in items]
    same, taken = Counter(plain), set[str]()
    for item, one in zip(items, plain, strict=True):
        name = one if same[one] == 1 else f"{item.position + 1}-{one}"
        while name in taken:  # another file is called as this one would be
            name = f"{item.position + 1}-{name}"
        taken.add(name)
        yield name


def _safe(item: ItemView) -> str:
    """Return the name of a page's file without folders, without what would hide it, and not too long."""
    return short_name(printable(item.filename.replace("\\", "/").rpartition("/")[2]).lstrip(".")) or _UNNAMED


def _names_of_pages(client: Client, job_id: str) -> Iterator[str] | None:
    """Return the names of the pages in a job's result, or None if it has one page; they are asked for as needed."""
    if client.get(job_id).items.total == 1:
        return None
    return (page_name(item) for item in client.items(job_id, status=ItemStatus.DONE))


def _headed(pieces: Iterator[bytes], names: Iterator[str]) -> Iterator[bytes]:
    """Yield the pieces of a text for a terminal: above each page a line with its name, and no form feeds."""
    above = f"{heading(next(names, 'page'))}\n".encode()
    for piece in pieces:
        text, *others = piece.split(_FORM_FEED)
        yield above + text
        above = b""
        for other in others:
            yield f"\n{heading(next(names, 'page'))}\n".encode() + other


def _print(stream: AbstractContextManager[Iterator[bytes]], form: Format, names: Iterator[str] | None = None) -> None:
    if not form.is_text:
        refuse_on_terminal(f"A {form.name}")
    with _received(stream, form, is_shown=not sys.stdout.isatty() and not is_piped(sys.stdout)) as pieces:
        for piece in pieces if names is None else _headed(pieces, names):
            click.echo(piece, nl=False)
    if form.is_text:
        click.echo()


def _save(stream: AbstractContextManager[Iterator[bytes]], form: Format, path: Path, *, quiet: bool = False) -> None:
    with _received(stream, form, is_shown=not quiet) as pieces:
        write_whole(path, _ended(pieces, form))


def _ended(pieces: Iterator[bytes], form: Format) -> Iterator[bytes]:
    yield from pieces
    if form.is_text:
        yield b"\n"


@contextmanager
def _received(
    stream: AbstractContextManager[Iterator[bytes]], form: Format, *, is_shown: bool
) -> Iterator[Iterator[bytes]]:
    """Yield the pieces of a result, with progress: how long it is being written, then how much was received."""
    progress = Progress()
    what = "The PDF" if not form.is_text else "The result"
    with progress.counting(lambda seconds: f"{what} is being written, {seconds:.0f} s ...") as end, stream as pieces:
        end()
        yield _counted(pieces, progress) if is_shown else pieces
        progress.clear()


def _counted(pieces: Iterator[bytes], progress: Progress) -> Iterator[bytes]:
    received = 0
    for piece in pieces:
        received += len(piece)
        progress.show(0, f"{received / MEGABYTE:.1f} MB received")
        yield piece
