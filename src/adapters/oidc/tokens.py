"""Access tokens that an issuer signed (JWS, RFC 7515), checked with joserfc."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from joserfc import jwk, jws
from joserfc.errors import JoseError

from adapters.oidc.issuer_keys import IssuerKeys, Jwk
from ocrcore.domain.access_token import is_token
from ocrcore.ports.tokens import Tokens

#: Algorithm -> the type of its keys, and their curve. No others are taken, whatever a token or a key says: not
#: ``none``, and none with a shared secret, as which a public key could be used. Ed25519 is the later name of EdDSA.
_ALGORITHMS: Final = MappingProxyType(
    {
        "RS256": ("RSA", None),
        "ES256": ("EC", "P-256"),
        "EdDSA": ("OKP", "Ed25519"),
        "Ed25519": ("OKP", "Ed25519"),
    }
)
#: What a token may be (``typ``, RFC 8725, section 3.11), in small letters; many issuers say nothing, or only JWT. What
#: an issuer signs for other purposes, as to tell that a person signed out (``logout+jwt``), opens nothing.
_TYPES: Final = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
_LEAST_RSA_BITS: Final = 2048
#: What of a published key is used. Its private parts, if an issuer publishes them, are not.
_PARTS: Final = ("kty", "crv", "n", "e", "x", "y")


class OidcTokens(Tokens):
    """The tokens of the issuer whose keys are given."""

    def __init__(self, keys: IssuerKeys) -> None:
        self._keys = keys
        self._registry = _Registry(algorithms=list(_ALGORITHMS), strict_check_header=False)
        self._registry.max_header_length = 4096

    def claims(self, token: str) -> Mapping[str, object] | None:
        """Return the claims of a token that the issuer signed."""
        if not is_token(token):
            return None
        try:
            header = jws.extract_compact(token.encode(), registry=self._registry).headers()
            algorithm, key_id = str(header.get("alg")), header.get("kid")
            kind = str(header.get("typ", "")).lower()
            if algorithm not in _ALGORITHMS or "crit" in header or not isinstance(key_id, str | None):
                return None
            if kind not in _TYPES:
                return None
            key = self._keys.find(key_id)
            if key is None or not _fits(key, algorithm):
                return None
            public = jwk.import_key({name: key[name] for name in _PARTS if name in key})
            signed = jws.deserialize_compact(token, public, algorithms=[algorithm], registry=self._registry)
            claims: Any = json.loads(signed.payload)
        except (JoseError, ValueError, TypeError, RecursionError):
            return None
        return claims if isinstance(claims, dict) else None

    def check(self) -> None:
        """Fetch the keys of the issuer."""
        self._keys.refresh()


class _Registry(jws.JWSRegistry):
    """The registry of joserfc without its warning about the name ``EdDSA``, which issuers use."""

    def get_alg(self, name: str) -> Any:  # noqa: ANN401 - a type that joserfc does not export
        return self.algorithms[name]


def _fits(key: Jwk, algorithm: str) -> bool:
    """Return whether a published key is meant for an algorithm, and strong enough."""
    kind, curve = _ALGORITHMS[algorithm]
    if key.get("kty") != kind or (curve is not None and key.get("crv") != curve):
        return False
    named = key.get("alg", algorithm)
    if named != algorithm and {named, algorithm} != {"EdDSA", "Ed25519"}:
        return False
    return kind != "RSA" or len(str(key.get("n", ""))) * 6 >= _LEAST_RSA_BITS
