"""Progress reports of the doctor."""

from collections.abc import Callable

#: Called with the kind of rows that are checked, and their number so far.
Watch = Callable[[str, int], None]


def unwatched(what: str, number: int) -> None:
    """Ignore the progress."""
