"""Keys of documents."""

import re
from collections.abc import Collection
from typing import Final
from uuid import UUID

#: Longest key, and longest part of a key, in bytes of UTF-8; both S3 and file systems accept them.
MAX_KEY_BYTES: Final = 1024
MAX_PART_BYTES: Final = 255

#: The prefix of all uploads that are not documents yet.
UPLOADS: Final = "uploads/"
_LAYOUT: Final = ".layout.json.gz"

#: NUL would end a path; characters that are invalid in XML would break a listing.
_FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def job_folder(job_id: UUID) -> str:
    """Return ``jobs/{job}/``, the common prefix of the keys of a job's documents."""
    return f"jobs/{job_id}/"


def upload_folder(job_id: UUID) -> str:
    """Return ``uploads/{job}/``, the common prefix of the keys of what is uploaded for a draft."""
    return f"{UPLOADS}{job_id}/"


def upload_key(job_id: UUID, number: int) -> str:
    """Return the key of an upload; ``number`` is the position of its file in the draft, from 0."""
    return f"{upload_folder(job_id)}{number}"


def is_superseded(key: str, names: Collection[UUID]) -> bool:
    """Return whether it is the key of an uploaded file that has none of these names; layouts are none."""
    stem = key.rpartition("/")[2].partition(".")[0]
    return not key.endswith(_LAYOUT) and stem not in {str(name) for name in names}


def document_key(job_id: UUID, name: UUID, extension: str) -> str:
    """Return the key of an uploaded file; ``name`` is its item's id, or a new id for a file of several pages."""
    return f"{job_folder(job_id)}{name}.{extension}"


def names_whole_file(key: str, job_id: UUID, item_id: UUID) -> bool:
    """Return whether it is the key of a file whose only page is this item."""
    return key.startswith(f"{job_folder(job_id)}{item_id}.")


def layout_key(job_id: UUID, item_id: UUID, attempt: int) -> str:
    """Return the key of an attempt's layout."""
    return f"{job_folder(job_id)}{item_id}.{attempt}{_LAYOUT}"


def check_key(key: str) -> None:
    """Raise ``ValueError`` unless ``key`` has the form ``a/b/c.ext``: relative, without empty, ``.`` or ``..`` parts.

    Backslashes are allowed; control characters, lone surrogates, and keys or parts that are too long are refused.
    """
    parts = key.split("/")
    if (
        _FORBIDDEN.search(key)
        or any(part in {"", ".", ".."} or len(part.encode()) > MAX_PART_BYTES for part in parts)
        or len(key.encode()) > MAX_KEY_BYTES
    ):
        msg = "a key is a/b/c.ext: relative, without empty, . or .. parts"
        raise ValueError(msg)
