"""Facts about each backend that are needed before its module, with the packages that it needs, is imported.

To add a backend, write a module in ``entrypoints/backends``, add a row here, and add its settings to
``entrypoints/settings.py``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Protocol

#: SQS keeps a message for at most 14 days, and the job must be finished before.
_MOST_TTL_ON_AWS: Final = timedelta(days=13)
#: SQS delivers a message at most 1000 times, and one attempt may take three deliveries.
_MOST_ATTEMPTS_ON_AWS: Final = 333


class Limited(Protocol):
    """The settings that a backend limits."""

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
class Traits:
    """A row of :data:`BACKENDS`."""

    #: How long one receive waits for a message.
    poll: timedelta
    #: Whether ``serve`` also recognises pages when no number of slots is set.
    reads_while_serving: bool
    #: Whether a database on another machine must prove by TLS who it is, unless the settings say otherwise.
    requires_database_tls: bool = False
    #: Returns a sentence if the settings are not valid on the backend, or None.
    refusal: Callable[[Limited], str | None] = lambda _: None


def _refusal_on_aws(settings: Limited) -> str | None:
    if settings.job_ttl > _MOST_TTL_ON_AWS:
        return "OCR_JOB_TTL may be at most 13d on AWS, where messages must outlive jobs and none is kept beyond 14d."
    if settings.max_attempts > _MOST_ATTEMPTS_ON_AWS:
        return "OCR_MAX_ATTEMPTS may be at most 333 on AWS, where a message is received at most 1000 times."
    if settings.sqs_dlq == settings.sqs_queue:
        return "OCR_SQS_DLQ must be another queue than OCR_SQS_QUEUE."
    return None


#: Backend -> its traits.
BACKENDS: Final[Mapping[str, Traits]] = MappingProxyType(
    {
        "local": Traits(poll=timedelta(seconds=0.5), reads_while_serving=True),
        "aws": Traits(
            poll=timedelta(seconds=4), reads_while_serving=False, requires_database_tls=True, refusal=_refusal_on_aws
        ),
    }
)
