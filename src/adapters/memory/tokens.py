"""Access tokens of an issuer in memory."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

from ocrcore.domain.errors import IssuerUnavailable
from ocrcore.ports.tokens import Tokens


class MemoryTokens(Tokens):
    """Issues tokens and recognises its own. ``number`` tells issuers apart."""

    def __init__(self, number: int = 0) -> None:
        self._number = number
        self._key = 0
        #: Whether the issuer answers nobody.
        self.is_away = False

    def issue(self, claims: Mapping[str, object]) -> str:
        """Return a token with these claims, which must be JSON."""
        body = f"{_encoded({'key': self._key})}.{_encoded(claims)}"
        return f"{body}.{self._signature(body)}"

    def change_keys(self) -> None:
        """Sign with another key from now on."""
        self._key += 1

    def claims(self, token: str) -> Mapping[str, object] | None:
        """Return the claims of a token that was issued here."""
        self.check()
        body, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(body).encode(), signature.encode(errors="replace")):
            return None
        padded = body.partition(".")[2].encode() + b"=="
        claims: Mapping[str, object] = json.loads(base64.urlsafe_b64decode(padded))
        return claims

    def check(self) -> None:
        """Return if the issuer is there."""
        if self.is_away:
            raise IssuerUnavailable

    def _signature(self, body: str) -> str:
        key = f"{self._number}/{self._key}".encode()
        return hmac.new(key, body.encode(errors="replace"), hashlib.sha256).hexdigest()


def _encoded(value: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
