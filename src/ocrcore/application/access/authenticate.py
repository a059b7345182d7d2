"""Authenticate: who calls, by the text of its key."""

import logging
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TypeVar

from ocrcore.application.context import Context
from ocrcore.application.login_attempts import client_of
from ocrcore.application.verdicts import Looks
from ocrcore.domain.access_token import holder_of, is_token
from ocrcore.domain.api_key import ApiKey, id_of_text, is_text_of
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import Unauthenticated, Unavailable
from ocrcore.domain.key_entry import late_use
from ocrcore.domain.session import BrowserSession
from ocrcore.ports.api_keys import Asker, KeyChange

T = TypeVar("T")

_log = logging.getLogger(__name__)


def authenticate(context: Context, text: str, address: str = "") -> Caller:
    """Return the holder of a key, or of an access token where an issuer is trusted.

    A key that is refused is counted for the ``address`` that sent it, if there is one. If it was right once, the
    history of its owner tells of it, about once an hour.

    Raises ``Unauthenticated``, and does not tell why, if the text is malformed or the key unknown, revoked or expired;
    a revoked key may open the service for ``VERDICT_LIFE`` yet. Raises ``Unavailable`` if the database does not answer
    and the key was not looked at just before.
    """
    key_id = id_of_text(text)
    if key_id is None:
        return _holder_of_token(context, text)
    now = context.clock.now()
    key = look(context, key_id)
    is_right = is_text_of(text, key)
    if key is None or not is_right or not key.is_alive(now):
        if address:
            context.logins.refuse_key(address, now)
        if address and key is not None and is_right:
            _note_late_use(context, key, address, now)
        raise Unauthenticated
    note_use(context, key, now)
    return Caller.by(key)


def _holder_of_token(context: Context, text: str) -> Caller:
    """Return the holder of an access token. Raises ``Unauthenticated``, and ``IssuerUnavailable``."""
    rules, tokens = context.policy.tokens, context.tokens
    if rules is None or tokens is None or not is_token(text):
        raise Unauthenticated
    claims = tokens.claims(text)
    caller = None if claims is None else holder_of(claims, rules, context.clock.now())
    if caller is None:
        raise Unauthenticated
    return caller


def note_use(context: Context, key: ApiKey, now: datetime) -> None:
    """Note that a key was used, about once a minute. Best effort: no request fails because of it."""
    if context.verdicts.take_use(key, now):
        try:
            context.api_keys.touch(key.id, now)
        except Unavailable:
            _log.warning("the use of a key was not noted", extra={"key_id": key.id}, exc_info=True)


def _note_late_use(context: Context, key: ApiKey, address: str, now: datetime) -> None:
    """Note that a key is used that has ended: somebody forgot to replace it, or has it who should not. Best effort."""
    if context.verdicts.take_late_use(key, now):
        try:
            entry = late_use(key, client_of(address), now)
            context.api_keys.change(key.owner, now, lambda _: KeyChange([], [entry]))
        except Unavailable:
            _log.warning("the use of a key that has ended was not noted", extra={"key_id": key.id}, exc_info=True)


def require_alive(context: Context, caller: Caller) -> None:
    """Raise ``Unauthenticated`` if the key of the caller or its token has ended, or its session is over."""
    key = None if caller.key_id is None else look(context, caller.key_id)
    if not caller.is_admitted(key, context.clock.now()):
        raise Unauthenticated
    require_open(context, caller)


def ended_among(context: Context, callers: Collection[Caller]) -> AbstractSet[Caller]:
    """Return those of many callers for whom :func:`require_alive` raises an error.

    Keys and sessions of which nothing is remembered are looked at with one query each. Raises ``Unavailable``.
    """
    began = context.clock.now()
    keys = _unremembered(context.verdicts, (caller.key_id for caller in callers if caller.key_id is not None), began)
    if keys:
        found = context.api_keys.among(keys)
        for key_id in keys:
            context.verdicts.remember(key_id, found.get(key_id), began)
    known = context.verdicts.sessions
    sessions = _unremembered(known, (caller.session.id for caller in callers if caller.session is not None), began)
    if sessions:
        closed = context.sessions.closed_among(sessions)
        for session_id in sessions:
            known.remember(session_id, session_id in closed, began)
    return {caller for caller in callers if not _is_alive(context, caller)}


def _unremembered(looks: Looks[T], names: Iterable[str], now: datetime) -> Sequence[str]:
    return sorted({name for name in names if looks.recall(name, now) is None})


def _is_alive(context: Context, caller: Caller) -> bool:
    try:
        require_alive(context, caller)
    except Unauthenticated:
        return False
    return True


def asker_of(context: Context, caller: Caller) -> Asker:
    """Return who asks for a change, for the transaction that makes it, which raises ``Unauthenticated``.

    Whether a session was closed is looked at now.
    """
    require_open(context, caller)

    def require(key: ApiKey | None) -> None:
        if not caller.is_admitted(key, context.clock.now()):
            raise Unauthenticated

    return Asker(caller.key_id, require)


def require_open(context: Context, caller: Caller) -> None:
    """Raise ``Unauthenticated`` if the session of the caller was closed, as far as was known two seconds ago."""
    if caller.session is not None and is_closed(context, caller.session):
        raise Unauthenticated


def is_closed(context: Context, session: BrowserSession) -> bool:
    """Return whether a session was closed, as far as was known two seconds ago."""
    began = context.clock.now()
    known = context.verdicts.sessions.recall(session.id, began)
    if known is not None:
        return known[0]
    closed = context.sessions.is_closed(session.id)
    context.verdicts.sessions.remember(session.id, closed, began)
    return closed


def look(context: Context, key_id: str) -> ApiKey | None:
    """Return the row of a key as it is, or was two seconds ago."""
    began = context.clock.now()
    known = context.verdicts.recall(key_id, began)
    if known is not None:
        return known[0]
    key = context.api_keys.get(key_id)
    context.verdicts.remember(key_id, key, began)
    return key
