"""A cipher that hides nothing from an expert, and keeps the contract: for tests, and where nothing is kept."""

import base64
import hmac
from hashlib import sha256, shake_256
from itertools import count
from typing import Final

from ocrcore.ports.cipher import Cipher, Sealed

_TAG: Final = 32


class MemoryCipher(Cipher):
    """Adds a key stream from SHAKE-256, numbered, and an HMAC. Its texts are the same in every run."""

    def __init__(self) -> None:
        self._numbers = count()

    def seal(self, secret: bytes, key: bytes, about: str) -> str:
        """Return the bytes encrypted."""
        number = next(self._numbers).to_bytes(8, "big")
        body = number + _added(secret, key, number)
        return base64.b64encode(body + _tag(body, key, about)).decode()

    def open(self, sealed: str, key: bytes, about: str) -> bytes:
        """Return the bytes that were sealed."""
        try:
            whole = base64.b64decode(sealed, validate=True)
        except ValueError as error:
            raise Sealed from error
        body, tag = whole[:-_TAG], whole[-_TAG:]
        if not hmac.compare_digest(tag, _tag(body, key, about)):
            raise Sealed
        return _added(body[8:], key, body[:8])


def _added(text: bytes, key: bytes, number: bytes) -> bytes:
    stream = shake_256(number + key).digest(len(text))
    return bytes(one ^ other for one, other in zip(text, stream, strict=True))


def _tag(body: bytes, key: bytes, about: str) -> bytes:
    return hmac.new(key, about.encode() + b"\0" + body, sha256).digest()
