"""When a child process is replaced by a fresh one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecyclePolicy:
    """Limits after which a child is replaced, because engines retain some of the memory that they allocate."""

    #: Pages recognised or rendered.
    pages: int = 500
    #: Bytes of resident memory after a page.
    resident: int = 1 << 30
