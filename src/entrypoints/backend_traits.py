"""Facts about each backend and part that are needed before its module, with the packages that it needs, is imported.

A backend is a preset: it says which parts are taken where no setting names one. To add a part, add a row to
:data:`PARTS`, open it in ``entrypoints/backends``, and add its settings to ``entrypoints/settings.py``. Distributions
bring further parts (``ocrcore/installed.py``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Protocol

#: SQS keeps a message for at most 14 days, and the job must be finished before.
_MOST_TTL_ON_SQS: Final = timedelta(days=13)
#: SQS delivers a message at most 1000 times, and one attempt may take three deliveries.
_MOST_ATTEMPTS_ON_SQS: Final = 333


class Limited(Protocol):
    """The settings that a part limits."""

    @property
    def job_ttl(self) -> timedelta:
        """Longest time from submission to the deadline."""

    @property
    def max_attempts(self) -> int:
        """Most attempts at one page."""

    @property
    def sqs_queue(self) -> str:
        """The name of the queue."""

    @property
    def sqs_dlq(self) -> str:
        """The name of the dead-letter queue."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A row of :data:`BACKENDS`."""

    #: Kind of part -> the part that is taken unless a setting names one; the kinds are those of :data:`PARTS`.
    parts: Mapping[str, str]
    #: Whether ``serve`` also recognises pages when no number of slots is set.
    reads_while_serving: bool
    #: Whether a database on another machine must prove by TLS who it is, unless the settings say otherwise.
    requires_database_tls: bool = False
    #: Whether the database must be a server that several machines can use.
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A row of :data:`PARTS`."""

    #: Whether it is a service of AWS, or of another that speaks as AWS does.
    aws: bool = False
    #: How long one receive waits for a message, of a queue.
    poll: timedelta = timedelta(seconds=0.5)
    #: Returns a sentence if the settings are not valid with the part, or None.
    refusal: Callable[[Limited], str | None] = lambda _: None


def _refusal_of_sqs(settings: Limited) -> str | None:
    if settings.job_ttl > _MOST_TTL_ON_SQS:
        return "OCR_JOB_TTL may be at most 13d with SQS: messages must outlive jobs, and none is kept beyond 14d."
    if settings.max_attempts > _MOST_ATTEMPTS_ON_SQS:
        return "OCR_MAX_ATTEMPTS may be at most 333 with SQS, where a message is received at most 1000 times."
    if settings.sqs_dlq == settings.sqs_queue:
        return "OCR_SQS_DLQ must be another queue than OCR_SQS_QUEUE."
    return None


#: Backend -> its traits.
BACKENDS: Final[Mapping[str, Preset]] = MappingProxyType(
    {
        "local": Preset({"documents": "folder", "queue": "sql", "audit": "sql"}, reads_while_serving=True),
        "aws": Preset(
            {"documents": "s3", "queue": "sqs", "audit": "dynamodb"},
            reads_while_serving=False,
            requires_database_tls=True,
            shared=True,
        ),
    }
)

#: Kind of part, which is also the name of its setting -> name -> the part's traits.
PARTS: Final[Mapping[str, Mapping[str, Part]]] = MappingProxyType(
    {
        "documents": {"folder": Part(), "s3": Part(aws=True)},
        "queue": {"sql": Part(), "sqs": Part(aws=True, poll=timedelta(seconds=4), refusal=_refusal_of_sqs)},
        "audit": {"sql": Part(), "dynamodb": Part(aws=True)},
    }
)

#: The traits of a part that a distribution brings.
FOREIGN: Final = Part()
