"""What messages say, as whoever checks them reads it."""

from ocrcore.domain.task import Task


def task_of(body: str) -> Task | None:
    """Return the task that a body is, or None."""
    try:
        return Task.from_json(body)
    except ValueError:
        return None
