"""AES-256-GCM with a key derived by HKDF-SHA256, from the package ``cryptography``."""

import base64
import binascii
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ocrcore.ports.cipher import Cipher, Sealed

#: The version of this form is its first part, so that a later one can be told from it.
_VERSION: Final = "1"
_NONCE: Final = 12
#: What is derived from the same secret for other purposes, has nothing in common with this key.
_PURPOSE: Final = b"ocrcore cipher 1"


class AesCipher(Cipher):
    """Seals as ``1.`` and base64 of a random nonce, the text and its tag; ``about`` is authenticated, too."""

    def seal(self, secret: bytes, key: bytes, about: str) -> str:
        """Return the bytes encrypted."""
        nonce = os.urandom(_NONCE)
        return f"{_VERSION}.{base64.b64encode(nonce + _aes(key).encrypt(nonce, secret, about.encode())).decode()}"

    def open(self, sealed: str, key: bytes, about: str) -> bytes:
        """Return the bytes that were sealed."""
        version, _, text = sealed.partition(".")
        try:
            whole = base64.b64decode(text, validate=True)
            if version != _VERSION or len(whole) <= _NONCE:
                raise Sealed
            return _aes(key).decrypt(whole[:_NONCE], whole[_NONCE:], about.encode())
        except (InvalidTag, binascii.Error, UnicodeEncodeError) as error:
            raise Sealed from error


def _aes(key: bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(key))
