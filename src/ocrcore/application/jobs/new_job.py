"""A request to submit a job."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from ocrcore.domain.options import JobOptions


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file."""

    filename: str
    #: Seekable; read from its beginning.
    content: BinaryIO


@dataclass(frozen=True, slots=True)
class NewJob:
    """A request to submit a job."""

    uploads: Sequence[Upload]
    options: JobOptions
    #: None: the name of the first file.
    name: str | None = None
    #: The id of the request, for the log.
    request_id: str | None = None
