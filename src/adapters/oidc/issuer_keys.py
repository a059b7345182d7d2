"""The keys of an issuer: found by its discovery document, fetched over HTTPS, and kept for ten minutes.

Whoever has no key can send tokens with any key id. An unknown id makes us look for new keys, but at most once in half a
minute, and one thread at a time; between two looks it is unknown. So a flood of them costs the issuer nothing.
"""

import http.client
import json
import ssl
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final
from urllib.parse import urlsplit

from ocrcore.domain.errors import IssuerUnavailable

#: How long keys are used without asking for them again, and the shortest time between two looks for an unknown key.
LIFE, PAUSE = 600.0, 30.0
#: After a look that failed, requests are told so for this long without another try.
FAILED: Final = 5.0
#: Seconds for each connection and each piece of an answer, and most bytes of an answer.
_TIMEOUT: Final = 3.0
_LARGEST: Final = 256 * 1024
_MOST_KEYS: Final = 100
_DISCOVERY: Final = "/.well-known/openid-configuration"
_OK: Final = 200
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

#: A key as the issuer publishes it (JWK).
Jwk = Mapping[str, Any]


class IssuerKeys:
    """The keys of one issuer by their ids. Safe to share between threads.

    ``issuer`` is its URL. ``context`` has the authorities that are trusted; None: those of the system.
    """

    def __init__(
        self, issuer: str, *, context: ssl.SSLContext | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer, self._context, self._clock = issuer, context, clock
        self._lock = Lock()
        self._keys: Mapping[str | None, Jwk] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._is_failed = False

    def find(self, key_id: str | None) -> Jwk | None:
        """Return the key with this id, or None; for None, the only key. Raises ``IssuerUnavailable``."""
        if self._clock() - self._fetched_at >= LIFE:
            self._refresh(FAILED if self._is_failed else 0.0)
        elif key_id not in self._keys and self._clock() - self._tried_at >= PAUSE:
            self._refresh(PAUSE)
        if key_id is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(key_id)

    def refresh(self) -> None:
        """Fetch the keys now. Raises ``IssuerUnavailable``."""
        with self._lock:
            self._fetch()

    def _refresh(self, pause: float) -> None:
        """Fetch the keys unless another thread just did. Raises ``IssuerUnavailable`` if that failed, too."""
        # While an issuer hangs, one thread waits for it; the others are needed by who has a key.
        if not self._lock.acquire(timeout=0 if self._is_failed else 2 * _TIMEOUT):
            raise IssuerUnavailable
        try:
            if self._clock() - self._tried_at >= pause and not self._is_fresh():
                self._fetch()
            elif self._is_failed and not self._is_known():
                raise IssuerUnavailable
        finally:
            self._lock.release()

    def _is_known(self) -> bool:
        return self._clock() - self._fetched_at < LIFE

    def _is_fresh(self) -> bool:
        """Return whether another thread fetched the keys while this one waited."""
        return self._clock() - self._fetched_at < FAILED

    def _fetch(self) -> None:
        self._tried_at = self._clock()
        try:
            self._keys = self._published()
        except IssuerUnavailable:
            self._is_failed = True
            raise
        self._fetched_at, self._is_failed = self._clock(), False

    def _published(self) -> Mapping[str | None, Jwk]:
        found = self._get(self._issuer.removesuffix("/") + _DISCOVERY)
        if found.get("issuer") != self._issuer:
            msg = "The issuer calls itself by another name; OCR_OIDC_ISSUER must be that name, letter by letter."
            raise IssuerUnavailable(msg)
        published = self._get(str(found.get("jwks_uri", ""))).get("keys")
        if not isinstance(published, list):
            msg = "The issuer publishes no keys."
            raise IssuerUnavailable(msg)
        keys = [key for key in published[:_MOST_KEYS] if isinstance(key, dict) and key.get("use", "sig") == "sig"]
        return {key.get("kid"): key for key in keys if isinstance(key.get("kid"), str | None)}

    def _get(self, url: str) -> Mapping[str, Any]:
        """Return a JSON object of the issuer. Redirections are not followed."""
        try:
            parts = urlsplit(url)
            connection = self._connection(parts.scheme, parts.hostname or "", parts.port)
            try:
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                connection.request("GET", target, headers={"accept": "application/json"})
                answer = connection.getresponse()
                body = answer.read(_LARGEST + 1)
            finally:
                connection.close()
            value = json.loads(body) if answer.status == _OK and len(body) <= _LARGEST else None
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            raise IssuerUnavailable from error
        if not isinstance(value, dict):
            raise IssuerUnavailable
        return value

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "https":
            return http.client.HTTPSConnection(
                host, port, timeout=_TIMEOUT, context=self._context or ssl.create_default_context()
            )
        if scheme == "http" and host in _LOOPBACK:
            return http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
        msg = "The keys of the issuer are fetched over HTTPS only."
        raise IssuerUnavailable(msg)
