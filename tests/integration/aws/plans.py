"""Plans of deployments that share nothing."""

from datetime import timedelta
from itertools import count

from adapters.aws.plan import Plan

_numbers = count(1)


def a_plan() -> Plan:
    """Return a plan whose names nobody else has."""
    number = next(_numbers)
    return Plan(
        bucket=f"bucket-{number}",
        queue=f"queue-{number}",
        dead_letter_queue=f"dead-{number}",
        table=f"table-{number}",
        bucket_owner=None,
        visibility_timeout=timedelta(seconds=60),
        job_ttl=timedelta(days=2),
        max_attempts=3,
    )
