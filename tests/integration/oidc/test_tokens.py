"""Access tokens of a real issuer, over HTTPS."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from adapters.oidc.issuer_keys import FAILED, LIFE, PAUSE, IssuerKeys
from adapters.oidc.tokens import OidcTokens
from issuer import Issuer, new_key, serving_issuer, signed
from ocrcore.domain.errors import IssuerUnavailable
from ocrcore.ports.tokens import Tokens
from ocrcore.testing.tokens import TokenIssuer, TokensContract

CLAIMS: Final[Mapping[str, object]] = {"sub": "ana"}


class Trusting:
    """An issuer, and the adapter that trusts it, whose clock only moves when told to."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer, self.now = issuer, 0.0
        self.tokens: Tokens = OidcTokens(IssuerKeys(issuer.url, context=issuer.context, clock=lambda: self.now))

    def issue(self, claims: Mapping[str, object]) -> str:
        return self.issuer.issue(claims)

    def forge(self, claims: Mapping[str, object]) -> str:
        return signed(new_key("one"), claims)

    def change_keys(self) -> None:
        self.issuer.change_keys()
        self.now += PAUSE

    def go_away(self) -> None:
        for path in ("/.well-known/openid-configuration", "/keys"):
            self.issuer.answers[path] = (503, b"")


@pytest.fixture
def trusting(tmp_path: Path) -> Iterator[Trusting]:
    with serving_issuer(tmp_path) as issuer:
        yield Trusting(issuer)


class TestOidcTokens(TokensContract):
    @pytest.fixture
    def issuer(self, trusting: Trusting) -> TokenIssuer:
        return trusting


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_each_algorithm_is_taken_with_a_key_of_its_kind(trusting: Trusting, algorithm: str) -> None:
    trusting.issuer.change_keys(algorithm)
    assert trusting.tokens.claims(trusting.issuer.issue(CLAIMS, algorithm)) == CLAIMS


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def none_at_all(_: Issuer) -> str:
    return f"{encoded({'alg': 'none', 'kid': 'one'})}.{encoded(CLAIMS)}.AA"


def shared_secret(issuer: Issuer) -> str:
    """Sign with the public key of the issuer as the secret of HS256, in each form in which it is published."""
    body = f"{encoded({'alg': 'HS256', 'kid': 'one'})}.{encoded(CLAIMS)}"
    public = getattr(issuer.keys[0], "as_pem")(private=False)  # noqa: B009 - keys with a shared secret have none
    return f"{body}.{base64.urlsafe_b64encode(hmac.digest(public, body.encode(), 'sha256')).decode().rstrip('=')}"


def another_algorithm(issuer: Issuer) -> str:
    head, body, signature = issuer.issue(CLAIMS).split(".")
    return f"{encoded({'alg': 'RS256', 'kid': 'one'})}.{body}.{signature}" if head else ""


def own_key(_: Issuer) -> str:
    key = new_key("mine")
    return signed(key, CLAIMS, jwk=key.as_dict(private=False), kid="one")


def key_address(issuer: Issuer) -> str:
    return signed(new_key("mine"), CLAIMS, jku=f"{issuer.url}/mine", x5u=f"{issuer.url}/mine")


def critical(issuer: Issuer) -> str:
    return issuer.issue(CLAIMS, b64=True, crit=["b64"])


def sign_out(issuer: Issuer) -> str:
    return issuer.issue({**CLAIMS, "events": {}}, typ="logout+jwt")


def security_event(issuer: Issuer) -> str:
    return issuer.issue(CLAIMS, typ="application/secevent+jwt")


def huge(issuer: Issuer) -> str:
    return issuer.issue({**CLAIMS, "x": "x" * 10_000})


def huge_header(issuer: Issuer) -> str:
    return issuer.issue(CLAIMS, x="x" * 5000)


def no_object(issuer: Issuer) -> str:
    return issuer.issue(b"[1]")


def no_json(issuer: Issuer) -> str:
    return issuer.issue(b"\xff")


def nested(issuer: Issuer) -> str:
    return issuer.issue(b"[" * 5000)


@pytest.mark.parametrize(
    "make",
    [
        none_at_all,
        shared_secret,
        another_algorithm,
        own_key,
        key_address,
        critical,
        sign_out,
        security_event,
        huge,
        huge_header,
        no_object,
        no_json,
        nested,
    ],
)
def test_what_the_issuer_did_not_sign_in_our_way_is_no_token(trusting: Trusting, make: Callable[[Issuer], str]) -> None:
    assert trusting.tokens.claims(make(trusting.issuer)) is None
    assert "/mine" not in trusting.issuer.asked


@pytest.mark.parametrize("kind", ["JWT", "at+jwt", "AT+JWT", "application/at+jwt"])
def test_a_token_may_say_that_it_is_an_access_token(trusting: Trusting, kind: str) -> None:
    assert trusting.tokens.claims(trusting.issuer.issue(CLAIMS, typ=kind)) == CLAIMS


def test_a_huge_token_is_refused_before_the_issuer_is_asked(trusting: Trusting) -> None:
    assert trusting.tokens.claims(huge(trusting.issuer)) is None
    assert trusting.issuer.asked == []


def test_the_keys_are_fetched_once_in_ten_minutes(trusting: Trusting) -> None:
    for trusting.now in (0.0, 1.0, LIFE - 1):
        assert trusting.tokens.claims(trusting.issue(CLAIMS)) == CLAIMS
    assert trusting.issuer.asked.count("/keys") == 1
    trusting.now = LIFE
    assert trusting.tokens.claims(trusting.issue(CLAIMS)) == CLAIMS
    assert trusting.issuer.asked.count("/keys") == 2


def test_a_key_that_the_issuer_took_back_ends_after_ten_minutes(trusting: Trusting) -> None:
    old = trusting.issue(CLAIMS)
    assert trusting.tokens.claims(old) == CLAIMS
    trusting.issuer.change_keys()
    trusting.now = LIFE
    assert trusting.tokens.claims(old) is None


def test_a_flood_of_unknown_keys_costs_the_issuer_one_look_in_half_a_minute(trusting: Trusting) -> None:
    assert trusting.tokens.claims(trusting.issue(CLAIMS)) == CLAIMS
    trusting.now = PAUSE
    for number in range(50):
        strange = signed(trusting.issuer.keys[0], CLAIMS, kid=f"strange-{number}")
        assert trusting.tokens.claims(strange) is None
    assert trusting.issuer.asked.count("/keys") == 2
    assert trusting.tokens.claims(trusting.issue(CLAIMS)) == CLAIMS


def test_while_the_issuer_is_away_known_keys_go_on_and_others_are_not_known(trusting: Trusting) -> None:
    token = trusting.issue(CLAIMS)
    assert trusting.tokens.claims(token) == CLAIMS
    trusting.go_away()
    trusting.now = PAUSE
    with pytest.raises(IssuerUnavailable):
        trusting.tokens.claims(signed(trusting.issuer.keys[0], CLAIMS, kid="newer"))
    assert trusting.tokens.claims(token) == CLAIMS
    trusting.now = LIFE
    for _ in range(20):
        with pytest.raises(IssuerUnavailable):
            trusting.tokens.claims(token)
    assert len(trusting.issuer.asked) == 4  # both documents, and two tries that failed at the first
    trusting.issuer.answers.clear()
    trusting.now += FAILED
    assert trusting.tokens.claims(token) == CLAIMS


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/.well-known/openid-configuration", b"{}"),
        ("/.well-known/openid-configuration", b'{"issuer": "https://other.example"}'),
        ("/.well-known/openid-configuration", b"[" * 100_000),
        ("/.well-known/openid-configuration", b"x" * 300_000),
        ("/keys", b"{}"),
        ("/keys", b'{"keys": 1}'),
        ("/keys", b"\xff"),
    ],
)
def test_an_issuer_that_answers_nonsense_is_away(trusting: Trusting, path: str, answer: bytes) -> None:
    trusting.issuer.answers[path] = (200, answer)
    with pytest.raises(IssuerUnavailable):
        trusting.tokens.claims(trusting.issue(CLAIMS))


def test_an_issuer_is_not_followed_elsewhere(trusting: Trusting) -> None:
    away = json.dumps({"issuer": trusting.issuer.url, "jwks_uri": "http://192.0.2.1/keys"}).encode()
    trusting.issuer.answers["/.well-known/openid-configuration"] = (200, away)
    with pytest.raises(IssuerUnavailable, match="HTTPS only"):
        trusting.tokens.check()
    trusting.issuer.answers["/.well-known/openid-configuration"] = (302, b"")
    with pytest.raises(IssuerUnavailable):
        trusting.tokens.check()


def test_a_key_that_is_broken_weak_or_for_encryption_is_not_used(trusting: Trusting) -> None:
    public = trusting.issuer.published()[0]
    for keys in (
        [{**public, "use": "enc"}],
        [{**public, "alg": "ES384"}],
        [{**public, "x": "AA"}],
        [{**public, "kty": "RSA"}],
        [{"kid": "one"}],
        [None, 1, "x", {"kid": 1}, {"kid": ["one"]}],
    ):
        trusting.now += LIFE
        trusting.issuer.answers["/keys"] = (200, json.dumps({"keys": keys}).encode())
        assert trusting.tokens.claims(trusting.issue(CLAIMS)) is None, keys


def test_a_private_part_that_is_published_is_not_used(trusting: Trusting) -> None:
    private = trusting.issuer.keys[0].as_dict(private=True)
    trusting.issuer.answers["/keys"] = (200, json.dumps({"keys": [private]}).encode())
    assert trusting.tokens.claims(trusting.issue(CLAIMS)) == CLAIMS


def test_a_token_without_the_id_of_its_key_is_taken_where_there_is_one_key(trusting: Trusting) -> None:
    token = signed(trusting.issuer.keys[0], CLAIMS, kid=None)
    assert trusting.tokens.claims(token) == CLAIMS
    trusting.issuer.keys.append(new_key("two"))
    trusting.now = LIFE
    assert trusting.tokens.claims(token) is None


def test_a_certificate_that_nobody_vouches_for_is_no_issuer(trusting: Trusting) -> None:
    with pytest.raises(IssuerUnavailable):
        OidcTokens(IssuerKeys(trusting.issuer.url)).check()


def test_on_this_machine_an_issuer_may_speak_http(tmp_path: Path) -> None:
    with serving_issuer(tmp_path, tls=False) as issuer:
        assert OidcTokens(IssuerKeys(issuer.url)).claims(issuer.issue(CLAIMS)) == CLAIMS
