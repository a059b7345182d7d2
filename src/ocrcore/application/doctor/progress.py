"""Progress: how an examination tells how far it is."""

from collections.abc import Callable

#: Is told what is looked at, and how many of them were until now.
Watch = Callable[[str, int], None]


def unwatched(what: str, number: int) -> None:
    """Tell nobody."""
