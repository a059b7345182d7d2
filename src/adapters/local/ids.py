"""Ids from the machine's clock and randomness."""

from uuid import UUID

from uuid_utils.compat import uuid7

from ocrcore.ports.ids import Ids


class Uuid7Ids(Ids):
    """RFC 9562, version 7; those of one millisecond are counted on, so they sort too."""

    def new(self) -> UUID:
        """Return an id that no other machine makes either."""
        return uuid7()
