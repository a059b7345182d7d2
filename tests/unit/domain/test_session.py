from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.session import (
    ID_BYTES,
    RENEWAL,
    SECRET_BYTES,
    SESSION_IDLE,
    SESSION_LIFE,
    BrowserSession,
    new_session,
    session_of,
    session_text,
)
from ocrcore.testing.builders import START as NOW

START = NOW.replace(microsecond=0)
SECRET = b"s" * SECRET_BYTES
SECOND = timedelta(seconds=1)


def a_session(epoch: int = 3) -> BrowserSession:
    return new_session(b"\x07" * ID_BYTES, "Aa000001", epoch, NOW)


def test_a_session_comes_back_from_its_text() -> None:
    session = a_session().renewed(START + RENEWAL)
    assert session_of(session_text(session, SECRET), SECRET) == session


def test_a_text_of_another_secret_is_none() -> None:
    assert session_of(session_text(a_session(), SECRET), b"t" * SECRET_BYTES) is None


@given(st.data())
def test_a_text_with_another_letter_is_none(data: st.DataObject) -> None:
    text = session_text(a_session(), SECRET)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="latin-1").filter(lambda letter: letter != text[place]))
    assert session_of(text[:place] + other + text[place + 1 :], SECRET) is None


@pytest.mark.parametrize("text", ["", ".", "x" * 10_000, session_text(a_session(), SECRET) + "\n"])
def test_what_is_no_session_is_none(text: str) -> None:
    assert session_of(text, SECRET) is None


def test_the_text_names_no_secret_and_fits_a_cookie() -> None:
    text = session_text(a_session(), SECRET)
    assert set(text) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.")
    assert len(text) < 200


def test_it_ends_when_nobody_uses_it() -> None:
    session = a_session()
    assert session.is_alive(START)
    assert session.is_alive(START + SESSION_IDLE - SECOND)
    assert not session.is_alive(START + SESSION_IDLE)


def test_it_ends_after_twelve_hours_however_busy_it_is() -> None:
    session, now = a_session(), START
    while session.is_alive(now):
        session = session.renewed(now)
        now += RENEWAL
    assert now == START + SESSION_LIFE == session.ends_at


def test_it_is_renewed_once_in_a_while() -> None:
    session = a_session()
    assert not session.is_to_renew(START + RENEWAL - SECOND)
    assert session.is_to_renew(START + RENEWAL)
    assert not session.renewed(START + RENEWAL).is_to_renew(START + RENEWAL)


def test_a_clock_that_runs_behind_neither_ends_it_nor_sets_it_back() -> None:
    session = a_session().renewed(START + RENEWAL)
    assert session.is_alive(START + RENEWAL - 30 * SECOND)
    assert session.renewed(START) == session
    assert not session.is_alive(START - timedelta(hours=1))


def test_its_id_is_as_random_as_what_it_is_made_of() -> None:
    with pytest.raises(ValueError, match="16 random bytes"):
        new_session(b"short", "Aa000001", 0, START)
