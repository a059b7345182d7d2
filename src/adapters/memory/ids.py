"""Ids that are the same in every run."""

import hashlib
from itertools import count
from typing import Final
from uuid import UUID

from ocrcore.ports.ids import Ids

#: 2024-01-01T00:00:00Z in milliseconds. The ids look as if one had been created per millisecond since.
_EPOCH: Final = 1_704_067_200_000
_VERSION: Final = 7 << 76
_VARIANT: Final = 0b10 << 62
_SEEDS: Final = 1 << 62


class MemoryIds(Ids):
    """Counts in the timestamp field. ``seed`` (0 to 2^62 - 1) fills the random field, so two seeds never clash."""

    def __init__(self, seed: int = 0) -> None:
        if not 0 <= seed < _SEEDS:
            msg = "a seed has 62 bits"
            raise ValueError(msg)
        self._seed = seed
        self._milliseconds = count(_EPOCH)
        self._secrets = count()

    def new(self) -> UUID:
        """Return the next id of the series."""
        milliseconds = next(self._milliseconds)  # one C call, so two threads never get the same number
        return UUID(int=milliseconds << 80 | _VERSION | _VARIANT | self._seed)

    def secret(self, size: int) -> bytes:
        """Return the next bytes of a series that is the same in every run."""
        return hashlib.shake_256(f"{self._seed}/{next(self._secrets)}".encode()).digest(size)
