"""An OpenID Connect issuer of the tests' own: an HTTPS server with its discovery document and keys that change."""

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Final

from joserfc import jwk, jws

from answering import Reply, answering
from certificates import authority

#: How to make a key for each algorithm.
_KEYS: Final = {"RS256": ("RSA", 2048), "ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519")}


class _Registry(jws.JWSRegistry):
    """The registry of joserfc without its warning about the name ``EdDSA``, which issuers use."""

    def get_alg(self, name: str) -> Any:  # noqa: ANN401 - a type that joserfc does not export
        return self.algorithms[name]


_REGISTRY: Final = _Registry(strict_check_header=False)


def new_key(key_id: str, algorithm: str = "ES256") -> jwk.Key:
    """Return a new key pair."""
    kind, size = _KEYS[algorithm]
    return jwk.generate_key(kind, size, {"kid": key_id})  # type: ignore[call-overload, no-any-return]


def signed(key: jwk.Key, claims: Mapping[str, object] | bytes, algorithm: str = "ES256", **header: object) -> str:
    """Return a token that a key signed. ``kid=None`` leaves the id of the key out."""
    head = {"alg": algorithm, "kid": key.kid, **header}
    head = {name: value for name, value in head.items() if value is not None}
    body = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return jws.serialize_compact(head, body, key, registry=_REGISTRY)


class Issuer:
    """What the issuer publishes, and what it was asked for. Use :func:`serving_issuer`."""

    def __init__(self, url: str, context: ssl.SSLContext | None) -> None:
        self.url, self.context = url, context
        self.keys = [new_key("one")]
        #: What is answered at each path in place of the usual.
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []

    def published(self) -> list[dict[str, Any]]:
        """Return the public keys."""
        return [{**key.as_dict(private=False), "use": "sig"} for key in self.keys]

    def answer(self, path: str) -> tuple[int, bytes]:
        """Return status and body of the answer at a path."""
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]
        match path:
            case "/.well-known/openid-configuration":
                return 200, json.dumps({"issuer": self.url, "jwks_uri": f"{self.url}/keys"}).encode()
            case "/keys":
                return 200, json.dumps({"keys": self.published()}).encode()
        return 404, b""

    def issue(self, claims: Mapping[str, object] | bytes, algorithm: str = "ES256", **header: object) -> str:
        """Return a token that the newest key signed."""
        return signed(self.keys[-1], claims, algorithm, **header)

    def change_keys(self, algorithm: str = "ES256") -> None:
        """Publish a new key in place of all others."""
        self.keys = [new_key(f"key-{len(self.asked)}", algorithm)]


@contextmanager
def serving_issuer(folder: Path, *, tls: bool = True) -> Iterator[Issuer]:
    """Serve an issuer on a port of this machine until the block ends."""

    def answer(request: BaseHTTPRequestHandler) -> Reply:
        return Reply(*issuer.answer(request.path))

    trusted = own = None
    if tls:
        root = authority(folder)
        certificate = root.certify("localhost")
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.load_cert_chain(certificate, certificate.with_suffix(".key"))
        trusted = ssl.create_default_context(cafile=root.path)
    with answering(answer, own) as port:
        issuer = Issuer(f"{'https' if tls else 'http'}://localhost:{port}", trusted)
        yield issuer
