from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import pytest

from ocrcore.domain.access_token import LONGEST_TOKEN, TokenRules, holder_of, is_token, owner_of, parse_grants
from ocrcore.domain.api_key import Scope, check_owner
from ocrcore.domain.errors import InvalidOption
from ocrcore.testing.builders import START

ISSUER: Final = "https://id.example.org/realms/x"
RULES: Final = TokenRules(ISSUER, "ocr")
NOW: Final = int(START.timestamp())
CLAIMS: Final[Mapping[str, object]] = {"iss": ISSUER, "aud": "ocr", "sub": "ana", "exp": NOW + 60, "iat": NOW}


def test_a_token_stands_for_a_subject_of_its_issuer_until_it_ends() -> None:
    caller = holder_of(CLAIMS, RULES, START)
    assert caller is not None
    assert caller.owner == caller.actor == "id.example.org/realms/x#ana"
    assert caller.scopes == {Scope.READ, Scope.WRITE}
    assert (caller.key_id, caller.session) == (None, None)
    assert caller.expires_at is not None
    assert holder_of(CLAIMS, RULES, caller.expires_at - timedelta(microseconds=1)) is not None
    assert holder_of(CLAIMS, RULES, caller.expires_at) is None


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "exp", "iat"])
def test_a_token_without_a_claim_opens_nothing(missing: str) -> None:
    assert holder_of({name: value for name, value in CLAIMS.items() if name != missing}, RULES, START) is None


@pytest.mark.parametrize(
    "other",
    [
        {"iss": "https://id.example.org/realms/y"},
        {"iss": f"{ISSUER}/"},
        {"iss": [ISSUER]},
        {"aud": "ocr2"},
        {"aud": ["x"]},
        {"aud": []},
        {"aud": {"ocr": 1}},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"exp": NOW},
        {"exp": NOW - 3600},
        {"exp": str(NOW + 60)},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": 10**300},
        {"iat": NOW + 120},
        {"iat": str(NOW)},
        {"iat": -1},
        {"nbf": NOW + 120},
        {"nbf": None},
    ],
)
def test_a_token_with_another_claim_opens_nothing(other: Mapping[str, object]) -> None:
    assert holder_of({**CLAIMS, **other}, RULES, START) is None


@pytest.mark.parametrize("other", [{"aud": ["x", "ocr"]}, {"iat": NOW + 30}, {"iat": NOW - 0.5}, {"nbf": NOW + 30}])
def test_clocks_may_differ_and_a_token_be_for_several(other: Mapping[str, object]) -> None:
    assert holder_of({**CLAIMS, **other}, RULES, START) is not None


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({}, {Scope.READ}),
        ({"scope": "a ocr-write b"}, {Scope.READ, Scope.WRITE}),
        ({"scope": "ocr-write2 ocr"}, {Scope.READ}),
        ({"scp": ["ocr-admin", 1]}, {Scope.READ, Scope.ADMIN}),
        ({"scope": {"ocr-admin": 1}}, {Scope.READ}),
    ],
)
def test_what_a_holder_may_do_is_what_the_operator_says_of_its_scopes(
    claims: Mapping[str, object], scopes: set[Scope]
) -> None:
    rules = TokenRules(ISSUER, "ocr", parse_grants("read, write=ocr-write,admin=ocr-admin"))
    caller = holder_of({**CLAIMS, **claims}, rules, START)
    assert caller is not None
    assert caller.scopes == scopes


@pytest.mark.parametrize("text", ["", "all", "read,", "read=", "read=a b", "=x", "read;write"])
def test_grants_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="some of read, write, admin"):
        parse_grants(text)


@pytest.mark.parametrize("subject", ["ana", "x" * 255, "\u00e9", "a b", "\ud800", "ana#", "a\nb"])
def test_an_owner_by_token_is_none_by_key_and_fits_everywhere(subject: str) -> None:
    owner = owner_of(ISSUER, subject)
    assert len(owner) <= 128
    assert owner.isascii()
    assert owner.isprintable()
    assert " " not in owner
    assert owner != owner_of("https://id.example.org/realms/y", subject)
    with pytest.raises(InvalidOption):
        check_owner(owner)


def test_two_subjects_are_two_owners() -> None:
    subjects = ["ana", "Ana", "x" * 200, "x" * 201, "\u00e9", "e\u0301"]
    assert len({owner_of(ISSUER, subject) for subject in subjects}) == len(subjects)


def test_no_subject_can_call_itself_as_another_one_is_hashed() -> None:
    victim = owner_of(ISSUER, "x" * 200)
    subject = victim.removeprefix(ISSUER.removeprefix("https://")).removeprefix("#")
    assert owner_of(ISSUER, subject) != victim


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("a.b.c", True), ("a.b.", False), ("a.b", False), ("a.b.c.d", False), ("a.b.c\n", False), ("a.b.=", False)],
)
def test_a_token_is_known_by_its_form(text: str, *, is_one: bool) -> None:
    assert is_token(text) == is_one


def test_a_token_has_a_longest_length() -> None:
    assert is_token("a.b." + "c" * (LONGEST_TOKEN - 4))
    assert not is_token("a.b." + "c" * (LONGEST_TOKEN - 3))
