"""What a deployment calls its parts, and what it asks of them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

#: How long messages live at least, and how much longer than a job; dead ones as long as SQS keeps any, for their clock
#: goes on.
_RETENTION: Final = timedelta(days=4)
_LONGER_THAN_A_JOB: Final = timedelta(hours=12)
DEAD_RETENTION: Final = timedelta(days=14)
_LEAST_RECEIVES: Final = 10
#: Receives that each attempt may need: duplicates, and workers that stop.
_RECEIVES_PER_ATTEMPT: Final = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """The names of bucket, queues and table, and the settings that their attributes follow."""

    bucket: str
    queue: str
    dead_letter_queue: str
    table: str
    #: The account that the bucket must belong to; None: any.
    bucket_owner: str | None
    visibility_timeout: timedelta
    job_ttl: timedelta
    max_attempts: int

    @property
    def retention(self) -> timedelta:
        """How long messages live: longer than any job, shorter than dead letters."""
        return max(_RETENTION, self.job_ttl + _LONGER_THAN_A_JOB)

    @property
    def max_receive_count(self) -> int:
        """How often a message may be received before it is a dead letter, at least."""
        return max(_LEAST_RECEIVES, _RECEIVES_PER_ATTEMPT * self.max_attempts)
