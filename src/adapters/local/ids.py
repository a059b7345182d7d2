"""Ids from the machine's clock and random numbers."""

import secrets
from uuid import UUID

from uuid_utils.compat import uuid7

from ocrcore.ports.ids import Ids


class Uuid7Ids(Ids):
    """UUIDs of version 7 (RFC 9562). Ids of the same millisecond are counted up, so they sort too."""

    def new(self) -> UUID:
        """Return an id that is unique across machines."""
        return uuid7()

    def secret(self, size: int) -> bytes:
        """Return bytes of the operating system's generator."""
        return secrets.token_bytes(size)
