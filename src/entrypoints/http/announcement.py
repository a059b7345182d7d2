"""Reads the JSON body of a submission that announces its files, to upload them to addresses."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request

from entrypoints.http.problems import HttpProblem
from entrypoints.http.upload import FIELDS, in_time, require_plain
from ocrcore import Policy, ProblemCode
from ocrcore.domain.errors import InvalidOption, file_place
from ocrcore.domain.normalisation import clean_name
from ocrcore.domain.uploads import AnnouncedFile

_MEMBERS: Final = FIELDS | {"uploads"}
_FILE_MEMBERS: Final = frozenset({"filename", "size", "content_type"})
#: Most bytes of a body: for what is not about files, and for each file.
_MOST_BYTES, _MOST_PER_FILE = 65_536, 2048
_UNKNOWN_TYPE: Final = "application/octet-stream"
_TYPE: Final = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}( ?; ?[\w.+-]{1,40}=[\w.+-]{1,40})?", re.ASCII)
_FORM: Final = (
    'The body must be JSON of the form {"uploads": [{"filename": "scan.pdf", "size": 1000, "content_type":'
    ' "application/pdf"}]}, with the name and the options of the job beside uploads.'
)


@dataclass(frozen=True, slots=True)
class Announcement:
    """The files and the text fields of a body."""

    files: list[AnnouncedFile]
    fields: dict[str, str]


async def read_announcement(request: Request[Any, Any, Any], policy: Policy, most_bytes: int) -> Announcement:
    """Return the announcement; together its files may have ``most_bytes``. Raises ``HttpProblem``."""
    require_plain(request)
    most = _MOST_BYTES + policy.max_files * _MOST_PER_FILE
    body = bytearray()
    async for chunk in in_time(request.stream()):
        body += chunk
        if len(body) > most:
            msg = f"The body is larger than {most} bytes; announce fewer files, or shorter names."
            raise HttpProblem(ProblemCode.BODY_TOO_LARGE, msg)
    members = _members(bytes(body))
    files = [_file(index, file, most_bytes) for index, file in enumerate(_list(members.pop("uploads"), policy))]
    total = sum(file.size for file in files)
    if total > most_bytes:
        msg = f"The files have {total} bytes together; a job may have {most_bytes}. Send several jobs."
        raise HttpProblem(ProblemCode.BODY_TOO_LARGE, msg)
    return Announcement(files, {name: _text(name, value) for name, value in members.items() if value is not None})


def _members(body: bytes) -> dict[str, Any]:
    try:
        members = json.loads(body, object_pairs_hook=_once)
    except RecursionError as error:
        msg = "The body is nested too deep."
        raise HttpProblem(ProblemCode.MALFORMED_REQUEST, msg) from error
    except ValueError as error:
        msg = f"The body is not JSON. {_FORM}"
        raise HttpProblem(ProblemCode.MALFORMED_REQUEST, msg) from error
    if not isinstance(members, dict):
        raise HttpProblem(ProblemCode.INVALID_OPTION, _FORM)
    if "uploads" not in members:
        msg = f"Send the files as multipart/form-data, or announce them. {_FORM}"
        raise HttpProblem(ProblemCode.UNSUPPORTED_MEDIA_TYPE, msg)
    _refuse_others(members, _MEMBERS)
    return members


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        msg = f"The member {clean_name(twice)[:40]!r} was sent twice."
        raise HttpProblem(ProblemCode.INVALID_OPTION, msg)
    return members


def _refuse_others(
    members: Mapping[str, Any], known: frozenset[str], index: int | None = None, place: str = ""
) -> None:
    other = sorted(members.keys() - known)
    if other:
        msg = f"{place}There is no member {clean_name(other[0])[:40]!r}; the members are {', '.join(sorted(known))}."
        raise HttpProblem(ProblemCode.UNKNOWN_FIELD, msg, index=index)


def _list(files: object, policy: Policy) -> list[Any]:
    if files is None:
        msg = f"There are no files. {_FORM}"
        raise HttpProblem(ProblemCode.NO_FILES, msg)
    if not isinstance(files, list):
        raise HttpProblem(ProblemCode.INVALID_OPTION, _FORM)
    if len(files) > policy.max_files:
        msg = f"A job takes at most {policy.max_files} files; split the request."
        raise HttpProblem(ProblemCode.TOO_MANY_FILES, msg)
    return files


def _file(index: int, file: object, most_bytes: int) -> AnnouncedFile:
    if not isinstance(file, dict):
        msg = f"{file_place(index)} is not announced as it should be. {_FORM}"
        raise HttpProblem(ProblemCode.INVALID_OPTION, msg, index=index)
    name = file.get("filename")
    place = file_place(index, clean_name(name) if isinstance(name, str) else "")
    _refuse_others(file, _FILE_MEMBERS, index, f"{place}: ")
    filename, size, kind = file.get("filename"), file.get("size"), file.get("content_type")
    if not isinstance(filename, str) or not filename:
        msg = f"{place} has no filename."
        raise HttpProblem(ProblemCode.NOT_A_FILE, msg, index=index)
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        msg = f"{place} needs a size: the exact number of its bytes."
        raise HttpProblem(ProblemCode.INVALID_OPTION, msg, index=index)
    if size > most_bytes:  # before it is added to others, because a sum may have too many digits to be told
        msg = f"{place} alone has more than the {most_bytes} bytes that a job may have."
        raise HttpProblem(ProblemCode.BODY_TOO_LARGE, msg, index=index)
    kind = _UNKNOWN_TYPE if kind is None or kind == "" else kind
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        msg = f"{place} has a content_type that is no media type, such as application/pdf."
        raise HttpProblem(ProblemCode.INVALID_OPTION, msg, index=index)
    return AnnouncedFile(filename, size, kind)


def _text(name: str, value: object) -> str:
    """Return the value of a name or an option as the text that a form would hold."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int) and name != "name":
        return str(value)
    if not isinstance(value, str):
        msg = f"{name} must be a text or a number."
        raise InvalidOption(msg)
    return value
