"""The form of a document's key."""

import re
from typing import Final
from uuid import UUID

#: Longest key and longest part of one, in bytes of UTF-8: what both S3 and a file system take.
MAX_KEY_BYTES: Final = 1024
MAX_PART_BYTES: Final = 255

#: NUL ends a path; what XML cannot carry ends a listing.
_FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def job_folder(job_id: UUID) -> str:
    """Return what the keys of all documents of a job begin with, ``jobs/{job}/``, and those of no other job."""
    return f"jobs/{job_id}/"


def document_key(job_id: UUID, name: UUID, extension: str) -> str:
    """Return the key of an uploaded file: ``name`` is its item's id, or of a file of several pages an id of its own."""
    return f"{job_folder(job_id)}{name}.{extension}"


def layout_key(job_id: UUID, item_id: UUID, attempt: int) -> str:
    """Return the key of the layout that one attempt recognised."""
    return f"{job_folder(job_id)}{item_id}.{attempt}.layout.json.gz"


def check_key(key: str) -> None:
    """Raise ``ValueError`` unless ``key`` is ``a/b/c.ext``: relative, each part neither empty nor ``.`` nor ``..``.

    A backslash is a character like any other; control characters and lone surrogates are refused.
    """
    parts = key.split("/")
    if (
        _FORBIDDEN.search(key)
        or any(part in {"", ".", ".."} or len(part.encode()) > MAX_PART_BYTES for part in parts)
        or len(key.encode()) > MAX_KEY_BYTES
    ):
        msg = "a key is a/b/c.ext: relative, without empty, . or .. parts"
        raise ValueError(msg)
