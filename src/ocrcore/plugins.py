"""Parts and engines of other distributions: what their entry points name, and what it is given.

A distribution names a function in the group ``ocrcore.documents``, ``ocrcore.queues`` or ``ocrcore.audits``: it gets
the :class:`Surroundings` and returns a part. In the group ``ocrcore.engines`` it names a :class:`ForeignEngine`. The
name of the entry point is the name that settings and jobs use.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ocrcore.domain.layout import Line
from ocrcore.domain.options import JobOptions
from ocrcore.ports.audit import Audit
from ocrcore.ports.clock import Clock
from ocrcore.ports.dead_letters import DeadLetters
from ocrcore.ports.documents import Documents
from ocrcore.ports.history_log import HistoryLog
from ocrcore.ports.queue import Queue
from ocrcore.ports.uploads import Uploads


class PartRefused(Exception):
    """A part cannot be opened as it is configured; the text is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a part gets to know about the service that opens it. Further settings it reads from variables of its own.

    Their names must not begin with ``OCR_``.
    """

    #: The data folder of this process; other processes may have others. It may be missing.
    data_dir: Path
    #: The name of the bucket, which rows and messages have.
    bucket: str
    #: The clock that all processes of the service share.
    clock: Clock
    #: The visibility timeout of messages.
    visibility_timeout: timedelta
    #: How long an entry of the audit log is kept.
    audit_ttl: timedelta
    #: Returns what signs addresses of uploads, the same in every process of the service. It asks the database, at most
    #: once, so it is called when something is signed, and not while the part is opened.
    secret: Callable[[], bytes]
    #: Whether to create what is missing. Else a part that is missing raises ``Unavailable`` when it is used, so that
    #: no process makes an empty store in the place of one that is not mounted.
    make: bool


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class DocumentsPart:
    """The documents of a service, and the uploads that become documents."""

    documents: Documents
    uploads: Uploads
    #: Called once, when the service is closed.
    close: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class QueuePart:
    """A queue, and the messages that it gave up on."""

    queue: Queue
    dead_letters: DeadLetters
    #: Called once, when the service is closed.
    close: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class AuditPart:
    """An audit log."""

    audit: Audit
    #: Where upkeep copies the histories of owners to, which the database has; None: nowhere.
    histories: HistoryLog | None = None
    #: Called once, when the service is closed.
    close: Callable[[], None] = _nothing


Part = DocumentsPart | QueuePart | AuditPart


@dataclass(frozen=True, slots=True)
class GreyPage:
    """A page as an engine gets it: upright as far as the file says, on a light or a dark ground."""

    width: int
    height: int
    #: One byte for each pixel, row by row from the top; 0 is black, 255 white.
    pixels: bytes


class ForeignEngine:
    """An engine of another distribution. The entry point names a subclass, or a function that returns one.

    It runs in a child process behind a wall: it may read the files of Python and of the system, and has no network, no
    settings and no keys. It may crash or hang without harm to others. Several children run it at the same time, each
    reads one page after the other. Its version is that of its distribution.
    """

    #: The codes of its languages, as Tesseract calls them; at least one. Jobs may name these.
    languages: Sequence[str] = ()

    def read(self, page: GreyPage, options: JobOptions) -> Sequence[Line]:
        """Return the lines of a page in reading order; their boxes lie within it. Confidences are from 0 to 100.

        The languages of the options are some of its own. Raises ``EngineFailure`` for a page that cannot be read.
        """
        raise NotImplementedError
