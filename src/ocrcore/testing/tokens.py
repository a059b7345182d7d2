"""The contract of ``Tokens``."""

from collections.abc import Mapping
from typing import Final, Protocol

import pytest

from ocrcore.domain.access_token import is_token
from ocrcore.domain.errors import IssuerUnavailable
from ocrcore.ports.tokens import Tokens

_CLAIMS: Final[Mapping[str, object]] = {
    "iss": "https://issuer.example.org",
    "aud": ["ocr", "other"],
    "sub": "ana \u00e9",
    "exp": 1_800_000_000,
    "iat": 1,
    "nested": {"a": [1, None, True]},
}


class TokenIssuer(Protocol):
    """An issuer, and the adapter that trusts it."""

    @property
    def tokens(self) -> Tokens:
        """The adapter under test, which has not asked the issuer for anything yet."""

    def issue(self, claims: Mapping[str, object]) -> str:
        """Return a token with these claims."""

    def forge(self, claims: Mapping[str, object]) -> str:
        """Return a token that another issuer signed."""

    def change_keys(self) -> None:
        """Sign with new keys from now on."""

    def go_away(self) -> None:
        """Answer nobody from now on."""


class TokensContract:
    """The contract of ``Tokens``. Override the fixture ``issuer``."""

    @pytest.fixture
    def issuer(self) -> TokenIssuer:
        """Return an issuer and the adapter under test."""
        raise NotImplementedError

    def test_the_claims_are_those_that_were_signed(self, issuer: TokenIssuer) -> None:
        token = issuer.issue(_CLAIMS)
        assert is_token(token)
        for _ in range(2):
            assert issuer.tokens.claims(token) == _CLAIMS

    def test_what_another_issuer_signed_has_no_claims(self, issuer: TokenIssuer) -> None:
        assert issuer.tokens.claims(issuer.forge(_CLAIMS)) is None

    def test_a_token_that_was_changed_has_no_claims(self, issuer: TokenIssuer) -> None:
        one, other = issuer.issue(_CLAIMS).split("."), issuer.issue({**_CLAIMS, "sub": "bob"}).split(".")
        assert issuer.tokens.claims(".".join((one[0], other[1], one[2]))) is None
        assert issuer.tokens.claims(".".join((one[0], one[1], other[2]))) is None

    @pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c", "e30.e30.", ".e30.e30", "e30.e30.e30", "\u00e9.e30.e30"])
    def test_what_is_no_token_has_no_claims(self, issuer: TokenIssuer, text: str) -> None:
        assert issuer.tokens.claims(text) is None

    def test_keys_may_change(self, issuer: TokenIssuer) -> None:
        assert issuer.tokens.claims(issuer.issue(_CLAIMS)) == _CLAIMS
        issuer.change_keys()
        assert issuer.tokens.claims(issuer.issue(_CLAIMS)) == _CLAIMS

    def test_without_the_issuer_nothing_is_known_of_a_token(self, issuer: TokenIssuer) -> None:
        token = issuer.issue(_CLAIMS)
        issuer.go_away()
        with pytest.raises(IssuerUnavailable):
            issuer.tokens.check()
        with pytest.raises(IssuerUnavailable):
            issuer.tokens.claims(token)

    def test_an_issuer_that_answers_passes_the_check(self, issuer: TokenIssuer) -> None:
        issuer.tokens.check()
