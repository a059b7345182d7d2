"""The PDF writer. Pages of pictures are written one by one; what opens an uploaded file is done by children.

**Parts.** Pictures that follow one another become one part, a file that is written page by page. A PDF becomes a part
of its own: first its text is written as a PDF without pictures, then a child lays the pages of that over its pages. If
it is too damaged for that, its pages become pictures, as they are drawn for people. If there are several parts,
children join them, some at a time, so that a child has few files open.

**Turns.** A long PDF takes a turn for each task of a child. Owners take turns, and of one owner's PDFs those go first
that have had fewer. Each is written in a thread of its own, so that whoever asked for it can leave at any time: then
the task in progress ends with its child.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from contextvars import copy_context
from datetime import timedelta
from itertools import groupby
from tempfile import TemporaryFile
from threading import Event, Lock
from typing import BinaryIO, Final, TypeVar

from adapters.engines.framing import Closed, OutOfTime, Stopped
from adapters.engines.lazy_pool import LazyPool
from adapters.engines.pool import ChildPool
from adapters.engines.protocol import Request, Task, decode_embedded, decode_written
from adapters.engines.turns import NoTurn, Turns
from adapters.file_source import source_of
from adapters.full_disk import is_full_disk
from adapters.pdf.file import PdfFile
from adapters.pdf.page_size import page_size
from adapters.pdf.picture import EmbeddedPicture
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import DocumentsBusy, StorageFull
from ocrcore.ports.documents import DocumentMissing, Source
from ocrcore.ports.engine import EngineFailure, EngineUnavailable
from ocrcore.ports.pdf_writer import PdfPage, PdfWriter

T = TypeVar("T")

#: How long a PDF may take, and how much longer for each page of it that was begun: its parts fill the disk meanwhile,
#: so it must get on. A picture of A4 that is no JPEG takes a second of a processor.
_TIMEOUT, _EACH = timedelta(minutes=10), timedelta(seconds=6)
#: PDFs that are written at a time; each holds up a thread that other requests need, too.
_MOST: Final = 8
#: Those of one owner: it may ask for long ones, and read none of them, and the others have room yet.
_MOST_OF_ONE: Final = 6
#: Tasks of children at a time.
AT_ONCE: Final = 2
#: Seconds between two looks whether whoever asked for a PDF has left.
_PAUSE: Final = 0.2
_TOO_LONG: Final = "The PDF takes too long to write; ask for its pages one by one, or again when less is going on."
#: Parts that are joined at a time.
_JOINED: Final = 32
_PIECE: Final = 1 << 18
#: A4, in points.
_EMPTY_PAGE: Final = (595.28, 841.89)


class _Room:
    """Counts the PDFs that are being written."""

    def __init__(self) -> None:
        self._lock, self._of = Lock(), Counter[str]()

    def enter(self, owner: str) -> None:
        """Begin one. Raises ``DocumentsBusy``."""
        with self._lock:
            if self._of.total() >= _MOST or self._of[owner] >= _MOST_OF_ONE:
                raise DocumentsBusy
            self._of[owner] += 1

    def leave(self, owner: str) -> None:
        """End one."""
        with self._lock:
            self._of[owner] -= 1
            if not self._of[owner]:
                del self._of[owner]


class ChildPdfWriter(PdfWriter):
    """Asks the children of a pool, which ``start`` creates for the first PDF.

    Each PDF may take ``timeout``, and ``each`` more for every page.
    """

    def __init__(self, start: Callable[[], ChildPool], timeout: timedelta = _TIMEOUT, each: timedelta = _EACH) -> None:
        self._pool, self._limits = LazyPool(start), (timeout, each)
        self._room = _Room()
        self._turns = Turns(AT_ONCE, _MOST)

    def write(
        self, pages: Iterator[PdfPage], title: str, *, archival: bool = False, owner: str = ""
    ) -> Iterator[bytes]:
        """Yield a PDF with these pages. A full disk raises ``StorageFull``, too many at once ``DocumentsBusy``."""
        with ExitStack() as files:
            self._room.enter(owner)
            files.callback(self._room.leave, owner)
            pool = self._pool.get()
            left = Event()
            writing = _Writing(_Tasks(pool, self._turns, self._limits, left.is_set, owner), title, files)
            thread = files.enter_context(ThreadPoolExecutor(1, thread_name_prefix="pdf"))
            files.callback(left.set)
            coming = thread.submit(copy_context().run, writing.write, pages, archival=archival)
            try:
                while not wait([coming], _PAUSE).done:
                    yield b""
                written = coming.result()
            except OSError as error:
                if is_full_disk(error):
                    raise StorageFull from error
                raise
            with source_of(written) as source:
                yield from source.pieces(_PIECE)

    def close(self) -> None:
        """End the children; every later call is refused as busy."""
        self._pool.close()


class _Tasks:
    """The tasks of children for one PDF, until its time is over or ``left`` says that nobody waits for it."""

    def __init__(
        self,
        pool: ChildPool,
        turns: Turns,
        limits: tuple[timedelta, timedelta],
        left: Callable[[], bool],
        owner: str = "",
    ) -> None:
        self._pool, self._turns, self._owner, self._left = pool, turns, owner, left
        timeout, self._each = (limit.total_seconds() for limit in limits)
        self._end, self._done = time.monotonic() + timeout, 0

    def ask(self, request: Request, files: Sequence[Source], decode: Callable[[bytes], T]) -> T:
        """Return what a child answers. Raises ``DocumentsBusy``, ``StorageFull`` and ``EngineFailure``."""
        pages = 1 if request.task is Task.EMBED else len(request.pages)
        self._end += pages * self._each
        try:
            with self._turns.taken(self._done, self._until_end(), self._owner):
                self._done += 1
                deadline = self._pool.deadline(timedelta(seconds=self._until_end()), self._left)
                return self._pool.ask(request, files, deadline, decode)
        except (NoTurn, OutOfTime):
            raise DocumentsBusy(_TOO_LONG) from None
        except Stopped:
            raise DocumentsBusy from None
        except EngineUnavailable as error:
            raise StorageFull from error
        except (Closed, ValueError) as error:
            raise EngineFailure(ItemErrorCode.OCR_CRASHED) from error

    def _until_end(self) -> float:
        return max(0.0, self._end - time.monotonic())


class _Writing:
    """The writing of one PDF, with files that ``files`` closes."""

    def __init__(self, tasks: _Tasks, title: str, files: ExitStack) -> None:
        self._ask, self._title, self._files = tasks.ask, title, files

    def write(self, pages: Iterator[PdfPage], *, archival: bool) -> BinaryIO:
        written = self._joined(self._parts(pages))
        if archival:
            return self._written(Request(Task.ARCHIVE, title=self._title), [source_of(written)])
        return written

    def _parts(self, pages: Iterator[PdfPage]) -> Iterator[BinaryIO]:
        for is_pdf, run in groupby(pages, lambda page: page.key.endswith(".pdf")):
            if is_pdf:
                for _, document in groupby(run, lambda page: page.key):
                    yield self._of_document(list(document))
            else:
                yield self._of_pictures(run)

    def _joined(self, parts: Iterator[BinaryIO]) -> BinaryIO:
        """Return all parts in one file. As soon as there are many of a level, they become one of the next."""
        levels: list[list[BinaryIO]] = []

        def add(part: BinaryIO, at: int) -> None:
            if at == len(levels):
                levels.append([])
            levels[at].append(part)
            if len(levels[at]) == _JOINED:
                full, levels[at] = levels[at], []
                add(self._join(full), at + 1)

        for part in parts:
            add(part, 0)
        left = [part for level in reversed(levels) for part in level]
        while len(left) > 1:
            left[-_JOINED:] = [self._join(left[-_JOINED:])]
        return left[0]

    def _join(self, parts: Sequence[BinaryIO]) -> BinaryIO:
        joined = self._written(Request(Task.JOIN, title=self._title), map(source_of, parts))
        for part in parts:
            part.close()
        return joined

    def _of_pictures(self, pages: Iterator[PdfPage]) -> BinaryIO:
        out = self._temporary()
        pdf = PdfFile(out, self._title)
        for _, of_one_file in groupby(pages, lambda page: page.key):
            self._add_pictures(pdf, list(of_one_file))
        pdf.close()
        return out

    def _add_pictures(self, pdf: PdfFile, pages: Sequence[PdfPage]) -> None:
        """Add the pages of one file, which is opened once."""
        with ExitStack() as opened:
            try:
                source = opened.enter_context(pages[0].open())
            except DocumentMissing:
                if any(page.read_layout for page in pages):
                    raise
                for _ in pages:
                    pdf.add_page(_EMPTY_PAGE)
                return
            for page in pages:
                self._add_picture(pdf, page, source)

    def _add_picture(self, pdf: PdfFile, page: PdfPage, source: Source) -> None:
        with TemporaryFile() as data:
            try:
                picture = self._embedded(page, source, data)
            except EngineFailure:
                if page.read_layout is not None:
                    raise
                pdf.add_page(_EMPTY_PAGE)
                return
            with source_of(data) as written:
                pdf.add_page(page_size(picture), page.read_layout and page.read_layout(), (picture, written))

    def _embedded(self, page: PdfPage, source: Source, data: BinaryIO) -> EmbeddedPicture:
        with source_of(data) as out:
            return self._ask(Request(Task.EMBED, page.number), [source, out], decode_embedded)

    def _of_document(self, pages: Sequence[PdfPage]) -> BinaryIO:
        """Return the pages of one PDF with their text."""
        out = self._temporary()
        try:
            with pages[0].open() as source, TemporaryFile() as text:
                layer = PdfFile(text, self._title)
                for page in pages:
                    layout = page.read_layout and page.read_layout()
                    layer.add_page((layout.width, layout.height) if layout else _EMPTY_PAGE, layout)
                layer.close()
                request = Request(Task.OVERLAY, pages=tuple(page.number for page in pages))
                with source_of(text) as over, source_of(out) as target:
                    self._ask(request, [source, over, target], decode_written)
        except EngineFailure:
            out.close()
            return self._of_pictures(iter(pages))
        except DocumentMissing:
            if any(page.read_layout for page in pages):
                raise
            out = self._temporary()
            empty = PdfFile(out, self._title)
            for _ in pages:
                empty.add_page(_EMPTY_PAGE)
            empty.close()
        return out

    def _written(self, request: Request, sources: Iterable[Source]) -> BinaryIO:
        """Return the file that a child writes from these."""
        out = self._temporary()
        with ExitStack() as open_files:
            files = [open_files.enter_context(source) for source in (*sources, source_of(out))]
            self._ask(request, files, decode_written)
        return out

    def _temporary(self) -> BinaryIO:
        return self._files.enter_context(TemporaryFile())
