"""Streaming parser of the multipart body of a submission; each file is spooled before the next begins.

The events come from the strict parser of the ``multipart`` package. Limits and error answers are decided here.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from litestar import Request
from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser, parse_options_header

from adapters.full_disk import is_full_disk
from entrypoints.http.access import sharer_of
from entrypoints.http.key_look import while_alive
from entrypoints.http.middleware.bodies import lift_deadline
from entrypoints.http.problems import HttpProblem
from entrypoints.http.upload_room import Spool, UploadRoom
from ocrcore import Policy, ProblemCode, Upload
from ocrcore.domain.errors import FileTooLarge, StorageFull, file_place
from ocrcore.domain.normalisation import clean_name
from ocrcore.domain.options import OPTIONS

#: The text fields of a submission.
FIELDS: Final = frozenset({"name", *(option.name for option in OPTIONS)})
#: Most parts besides the files.
EXTRA_PARTS: Final = 20
_MOST_FIELD_BYTES: Final = 16_384
#: Most bytes in one header line of a part; it contains the name of the file.
_MOST_HEADER: Final = 16_384
_MOST_BOUNDARY: Final = 70
#: Charsets of text fields, in lower case -> Python's names. Its other codecs are no charsets, or are no longer in
#: use.
_CHARSETS: Final = {
    **dict.fromkeys(("utf-8", "utf8"), "utf-8"),
    **dict.fromkeys(("us-ascii", "ascii"), "ascii"),
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "latin-1", "latin1"), "iso8859-1"),
    **dict.fromkeys(("iso-8859-15", "iso8859-15", "latin-9"), "iso8859-15"),
    **dict.fromkeys(("windows-1252", "cp1252"), "cp1252"),
}
#: A quoted string. It matches at every quote, even if its end is missing, so that a search takes linear time.
_QUOTED: Final = re.compile(r'"(?:\\.?|[^"\\])*+"?')
_ENCODED: Final = re.compile(r";\s*filename\*\s*=\s*([\w-]+)'[\w-]*'([^\s;]+)", re.IGNORECASE)
#: Most seconds between two pieces of the body.
_TIMEOUT: Final = 30
#: Bytes per second that an upload must have on average, after the first seconds.
_LEAST_SPEED: Final = 1000
#: Most seconds of an upload.
_LONGEST: Final = 4 * 3600

_MALFORMED: Final = (
    "The body is no well-formed multipart/form-data; send it again with an HTTP library's own form support."
)


@dataclass(slots=True)
class Submission:
    """The files and the text fields of a body."""

    uploads: list[Upload] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)


@asynccontextmanager
async def read_submission(
    request: Request[Any, Any, Any], policy: Policy, room: UploadRoom, require_alive: Callable[[], object]
) -> AsyncIterator[Submission]:
    """Yield the submission; its files are closed and deleted when the block ends.

    Raises ``HttpProblem``, and what ``require_alive`` raises, which is asked every few seconds while the body comes.
    """
    parser = _parser(request, policy)
    with room.spool(sharer_of(request.scope)) as spool:
        reader, begun = _Reader(policy, spool), False
        with _malformed_as_problem(policy), full_disk_told():
            async with while_alive(require_alive):
                async for chunk in files_in_time(request):
                    for event in parser.parse(chunk) if chunk else ():
                        reader.take(event)
                    begun = begun or bool(chunk)
            if begun:  # the parser would refuse an empty body as malformed; here it is a submission without files
                parser.close()
        yield reader.submission


def _parser(request: Request[Any, Any, Any], policy: Policy) -> PushMultipartParser:
    require_plain(request)
    content_type, options = parse_options_header(request.headers.get("content-type", ""))
    if content_type != "multipart/form-data":
        msg = (
            "Send the files as multipart/form-data, in parts that are named files; or announce them as"
            " application/json, to upload them afterwards."
        )
        raise HttpProblem(ProblemCode.UNSUPPORTED_MEDIA_TYPE, msg)
    boundary = options.get("boundary", "")
    if not 1 <= len(boundary) <= _MOST_BOUNDARY or not boundary.isascii():
        msg = f"The Content-Type needs a boundary of 1 to {_MOST_BOUNDARY} characters."
        raise HttpProblem(ProblemCode.MALFORMED_MULTIPART, msg)
    most = policy.max_files + EXTRA_PARTS
    return PushMultipartParser(boundary, max_segment_count=most, max_header_size=_MOST_HEADER, strict=True)


def require_plain(request: Request[Any, Any, Any]) -> None:
    """Refuse a body that is compressed or the like."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in {"identity", ""}:
        msg = "Send the body as it is, without a Content-Encoding."
        raise HttpProblem(ProblemCode.UNSUPPORTED_MEDIA_TYPE, msg)


@contextmanager
def _malformed_as_problem(policy: Policy) -> Iterator[None]:
    try:
        yield
    except ParserLimitReached as error:
        msg = (
            f"The body has a part with more than 8 headers or a header of more than {_MOST_HEADER} bytes, or more than"
            f" {policy.max_files + EXTRA_PARTS} parts; send shorter names, or split the request."
        )
        raise HttpProblem(ProblemCode.BODY_TOO_LARGE, msg) from error
    except (MultipartError, UnicodeError, LookupError) as error:
        raise HttpProblem(ProblemCode.MALFORMED_MULTIPART, _MALFORMED) from error


@contextmanager
def full_disk_told() -> Iterator[None]:
    """Raise ``StorageFull`` if the temporary folder has no room."""
    try:
        yield
    except OSError as error:
        if not is_full_disk(error):
            raise
        raise StorageFull from error


def files_in_time(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    """Yield the body of a request that sends files, as long as it comes."""
    lift_deadline(request.scope)
    return in_time(request.stream())


async def in_time(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the chunks, as long as they come: without long pauses, not too slowly, and not for ever."""
    begun, received = time.monotonic(), 0
    try:
        while True:
            left = begun + min(_TIMEOUT + received / _LEAST_SPEED, _LONGEST) - time.monotonic()
            async with asyncio.timeout(max(0.0, min(_TIMEOUT, left))):
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            received += len(chunk)
            yield chunk
    except TimeoutError as error:
        msg = (
            f"The body did not come: there was no data for {_TIMEOUT} seconds, or less than {_LEAST_SPEED} bytes per"
            " second; send the request again."
        )
        raise HttpProblem(ProblemCode.MALFORMED_MULTIPART, msg) from error


class _Reader:
    """Builds a submission from the events of the parser."""

    def __init__(self, policy: Policy, spool: Spool) -> None:
        self.submission = Submission()
        self._policy, self._spool = policy, spool
        self._segment: MultipartSegment | None = None
        #: The name of the current file, and where it begins in the spool.
        self._file: tuple[str, int] | None = None
        self._files = 0
        self._text = bytearray()

    def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        """Handle an event: a segment begins a part, bytes are a piece of it, and None ends it."""
        if isinstance(event, MultipartSegment):
            self._begin(event)
        elif event is not None:
            self._grow(event)
        else:
            self._end()

    def _begin(self, segment: MultipartSegment) -> None:
        self._segment, self._file, self._text = segment, None, bytearray()
        name, index = segment.name or "", self._files
        if name == "files":
            filename = segment.filename or _encoded_filename(segment)
            if not filename:
                msg = f"{file_place(index)} is not a file: this part named files has no file name."
                raise HttpProblem(ProblemCode.NOT_A_FILE, msg, index=index)
            if index >= self._policy.max_files:
                msg = f"A job takes at most {self._policy.max_files} files; split the request."
                raise HttpProblem(ProblemCode.TOO_MANY_FILES, msg)
            self._file = (filename, self._spool.size)
            self._files += 1
        elif name not in FIELDS:
            msg = f"There is no field {clean_name(name)[:40]!r}; the fields are files, {', '.join(sorted(FIELDS))}."
            raise HttpProblem(ProblemCode.UNKNOWN_FIELD, msg)
        elif name in self.submission.fields:
            msg = f"The field {name} was sent twice."
            raise HttpProblem(ProblemCode.INVALID_OPTION, msg)

    def _grow(self, piece: bytes | bytearray) -> None:
        if self._file is None:
            self._text += piece
            if len(self._text) > _MOST_FIELD_BYTES:
                msg = f"A text field may have at most {_MOST_FIELD_BYTES} bytes."
                raise HttpProblem(ProblemCode.INVALID_OPTION, msg)
            return
        index, (filename, start) = self._files - 1, self._file
        if self._spool.size - start + len(piece) > self._policy.max_file_bytes:
            raise FileTooLarge.above(self._policy.max_file_bytes).at(index, clean_name(filename))
        self._spool.write(piece)

    def _end(self) -> None:
        if self._file is not None:
            filename, start = self._file
            self.submission.uploads.append(Upload(filename, self._spool.file(start, self._spool.size)))
        elif self._segment is not None:
            text = bytes(self._text).decode(_charset(self._segment.charset or "utf-8"))
            self.submission.fields[str(self._segment.name)] = text


def _encoded_filename(segment: MultipartSegment) -> str | None:
    """Return the name in ``filename*=`` (RFC 8187), or None. Browsers never send it, but some libraries do."""
    disposition = next((value for name, value in segment.headerlist if name == "Content-Disposition"), "")
    found = _ENCODED.search(_QUOTED.sub('""', disposition))
    return None if found is None else unquote(found[2], _charset(found[1]), errors="strict")


def _charset(name: str) -> str:
    return _CHARSETS[name.strip().lower().replace("_", "-")]
