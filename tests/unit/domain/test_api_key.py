import re
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.api_key import (
    RANDOM_BYTES,
    ApiKey,
    Scope,
    check_owner,
    effective_scopes,
    format_scopes,
    hash_of,
    holds_key,
    id_of_text,
    is_key_id,
    is_text_of,
    key_name,
    new_key_text,
    parse_scopes,
    without_keys,
)
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import InsufficientScope, InvalidOption

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LETTERS = string.digits + string.ascii_letters
TEXT = new_key_text(bytes(range(RANDOM_BYTES)))
KEY = ApiKey("Aa000001", "ana", "", hash_of(TEXT), frozenset({Scope.READ}), NOW, "operator")
randomness = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)


@given(randomness)
def test_a_key_is_one_word_of_63_letters_with_an_id_a_secret_and_a_checksum(seed: bytes) -> None:
    text = new_key_text(seed)
    assert re.fullmatch(r"ocrk_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}", text)
    assert id_of_text(text) == text[5:13]
    assert is_key_id(text[5:13])


def test_the_format_never_changes() -> None:
    assert new_key_text(bytes(RANDOM_BYTES)) == "ocrk_00000000_" + "0" * 43 + "1N8hOC"


@given(randomness, randomness)
def test_two_secrets_make_two_keys(one: bytes, other: bytes) -> None:
    if one[8:] != other[8:]:
        assert new_key_text(one) != new_key_text(other)


def test_a_key_needs_all_of_its_randomness() -> None:
    for size in (0, RANDOM_BYTES - 1, RANDOM_BYTES + 1):
        with pytest.raises(ValueError, match="random bytes"):
            new_key_text(bytes(size))


@given(randomness, st.integers(0, 62), st.sampled_from(LETTERS + "_- \n\u0660"))
def test_one_wrong_letter_is_noticed_without_a_database(seed: bytes, place: int, letter: str) -> None:
    text = new_key_text(seed)
    wrong = text[:place] + letter + text[place + 1 :]
    assert (id_of_text(wrong) is None) == (wrong != text)


@pytest.mark.parametrize(
    "text", ["", "ocrk_", TEXT[:-1], TEXT + "0", f" {TEXT}", f"{TEXT}\n", TEXT.upper(), f"{TEXT} {TEXT}"]
)
def test_what_is_no_key_has_no_id(text: str) -> None:
    assert id_of_text(text) is None


def test_a_text_is_that_of_its_key_alone() -> None:
    other = new_key_text(b"x" * RANDOM_BYTES)
    assert is_text_of(TEXT, KEY)
    assert not is_text_of(other, KEY)
    assert not is_text_of(TEXT, None)


def test_a_key_in_a_text_is_found_and_hidden() -> None:
    line = f"GET /jobs/{TEXT}?key={TEXT}"
    assert holds_key(line)
    assert not holds_key(line.replace(TEXT, TEXT[:-1] + ("0" if TEXT[-1] != "0" else "1")))
    hidden = without_keys(line)
    assert TEXT[14:] not in hidden
    assert hidden == f"GET /jobs/ocrk_{TEXT[5:13]}_[secret]?key=ocrk_{TEXT[5:13]}_[secret]"
    assert without_keys("ocrk_ is no key") == "ocrk_ is no key"


def test_a_key_is_dead_from_the_very_instant_of_its_end() -> None:
    assert KEY.is_alive(NOW + timedelta(days=10_000))
    ending = replace(KEY, expires_at=NOW + timedelta(seconds=1))
    assert ending.is_alive(NOW + timedelta(microseconds=999_999))
    assert not ending.is_alive(NOW + timedelta(seconds=1))
    assert not KEY.revoked(NOW, "operator").is_alive(NOW - timedelta(days=1))


def test_the_first_revocation_counts_and_ends_the_sessions() -> None:
    gone = KEY.revoked(NOW, "operator")
    assert (gone.revoked_at, gone.revoked_by, gone.session_epoch) == (NOW, "operator", 1)
    assert gone.revoked(NOW + timedelta(1), "key:Bb000002") == gone


@pytest.mark.parametrize("life", [None, timedelta(days=30)])
def test_a_rotation_brings_an_end_nearer_and_leaves_the_lifetime(life: timedelta | None) -> None:
    key = replace(KEY, expires_at=None if life is None else NOW + life)
    soon = key.rotated(NOW, timedelta(days=1))
    again = soon.rotated(NOW + timedelta(hours=1), timedelta(days=1))
    assert soon.expires_at == again.expires_at == NOW + timedelta(days=1)
    assert key.lifetime == soon.lifetime == again.lifetime == life
    assert (soon.rotated_at, again.rotated_at, again.session_epoch) == (NOW, NOW, 2)


def test_a_rotation_of_a_key_that_ends_before_leaves_its_end() -> None:
    key = replace(KEY, expires_at=NOW + timedelta(hours=1))
    assert key.rotated(NOW, timedelta(days=1)).expires_at == key.expires_at


@pytest.mark.parametrize("text", ["read", "write", "read,write", "read,write,admin"])
def test_scopes_are_written_as_they_are_read(text: str) -> None:
    assert format_scopes(parse_scopes(text)) == text
    assert parse_scopes(text.replace(",", " , ")) == parse_scopes(text)


@pytest.mark.parametrize("text", ["", "all", "read,", "READ", "read;write"])
def test_an_unknown_scope_is_refused(text: str) -> None:
    with pytest.raises(InvalidOption, match="read, write, admin"):
        parse_scopes(text)


def test_write_includes_read_and_admin_includes_nothing() -> None:
    assert effective_scopes({Scope.WRITE}) == {Scope.READ, Scope.WRITE}
    assert effective_scopes({Scope.ADMIN}) == {Scope.ADMIN}
    Caller.by(replace(KEY, scopes=frozenset({Scope.WRITE}))).require(Scope.READ)
    with pytest.raises(InsufficientScope, match="admin"):
        Caller.by(KEY).require(Scope.ADMIN)


@pytest.mark.parametrize("owner", ["ana", "local", "a", "team-7@example.com", "A" * 64])
def test_an_owner_is_a_plain_name(owner: str) -> None:
    assert check_owner(owner) == owner


@pytest.mark.parametrize(
    "owner", ["", " ana", "ana\n", "-x", "a/b", "a b", "\u00e4", "A" * 65, "worker", "upkeep", "operator"]
)
def test_what_no_owner_may_be_called(owner: str) -> None:
    with pytest.raises(InvalidOption, match="An owner is"):
        check_owner(owner)


def test_the_name_of_a_key_is_one_line() -> None:
    assert key_name(" scan\nner ") == "scanner"
    assert key_name("") == ""
    with pytest.raises(InvalidOption, match="100"):
        key_name("x" * 101)
