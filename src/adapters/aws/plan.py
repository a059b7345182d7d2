"""The resources of a deployment: their names and required attributes."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

#: Least retention of messages, and how far it exceeds the lifetime of a job. Dead letters get the longest retention of
#: SQS, because their age counts from the first send.
_RETENTION: Final = timedelta(days=4)
_LONGER_THAN_A_JOB: Final = timedelta(hours=12)
DEAD_RETENTION: Final = timedelta(days=14)
_LEAST_RECEIVES: Final = 10
#: Receives allowed for each attempt, to cover duplicates and stopped workers.
_RECEIVES_PER_ATTEMPT: Final = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """The names of bucket, queues and table, and the settings that determine their attributes."""

    bucket: str
    queue: str
    dead_letter_queue: str
    table: str
    #: The account that must own the bucket, or None for any.
    bucket_owner: str | None
    visibility_timeout: timedelta
    job_ttl: timedelta
    max_attempts: int
    #: What of it the service uses: ``documents`` for the bucket, ``queue`` for both queues, ``audit`` for the table.
    parts: frozenset[str] = frozenset({"documents", "queue", "audit"})

    @property
    def retention(self) -> timedelta:
        """The retention of messages: longer than any job, shorter than that of dead letters."""
        return max(_RETENTION, self.job_ttl + _LONGER_THAN_A_JOB)

    @property
    def max_receive_count(self) -> int:
        """The least number of receives before a message becomes a dead letter."""
        return max(_LEAST_RECEIVES, _RECEIVES_PER_ATTEMPT * self.max_attempts)
