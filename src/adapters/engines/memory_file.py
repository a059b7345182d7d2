"""Files in memory, for bytes that another process reads."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def in_memory(content: bytes) -> Iterator[int]:
    """Yield a descriptor of a file with these bytes, which has no name and ends with the block."""
    descriptor = os.memfd_create("page")
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        yield descriptor
    finally:
        os.close(descriptor)
