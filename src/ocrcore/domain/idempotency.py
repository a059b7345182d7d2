"""Idempotency keys: a client that got no response may repeat a submission and receives the same job."""

import re
from dataclasses import dataclass
from typing import Final

from ocrcore.domain.api_key import require_no_key
from ocrcore.domain.errors import InvalidOption, OcrError

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


class IdempotencyKeyTaken(OcrError):
    """Another job of the owner was submitted with the key."""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's key for one submission, and the hash of the submitted body.

    Raises :class:`InvalidOption` unless the key is 1 to 255 visible ASCII characters.
    """

    value: str
    #: SHA-256, hexadecimal, over name, options and, in order, file names and bytes.
    body_hash: str

    @classmethod
    def chosen(cls, value: str, body_hash: str) -> "IdempotencyKey":
        """Return the one that a client sends now. Raises ``InvalidOption`` if it is an API key, or holds one."""
        return cls(require_no_key(value, "Idempotency-Key"), body_hash)

    def __post_init__(self) -> None:
        """Refuse keys that are invalid in a header."""
        if _KEY.fullmatch(self.value) is None:
            msg = "Idempotency-Key must be 1 to 255 visible ASCII characters."
            raise InvalidOption(msg)
