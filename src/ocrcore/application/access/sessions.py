"""Sessions: what a browser gets in exchange for a key, so that the key itself is kept nowhere in the browser."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ocrcore.application.access.authenticate import authenticate, is_closed, look, note_use
from ocrcore.application.context import Context
from ocrcore.domain.api_key import ApiKey, id_of_text
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import Unauthenticated
from ocrcore.domain.key_entry import session_closed, session_opened
from ocrcore.domain.session import ID_BYTES, SECRET_BYTES, new_session, session_of, session_text
from ocrcore.ports.api_keys import KeyChange


@dataclass(frozen=True, slots=True)
class HeldSession:
    """A caller with a session, and the text that its browser is to hold from now on."""

    caller: Caller
    #: None: the text that the browser has is new enough.
    text: str | None = field(repr=False)


def open_session(context: Context, key_text: str, address: str) -> HeldSession:
    """Open a session with a key, for a client at this address. The key is alive when the session is noted.

    Raises what ``authenticate`` raises, and ``TooManyLogins`` if the address tried too often within a minute.
    """
    name = context.logins.begin(address, context.clock.now())
    try:
        return _open(context, key_text)
    except Unauthenticated:
        context.logins.fail(name, context.clock.now())
        raise


def _open(context: Context, key_text: str) -> HeldSession:
    key_id = id_of_text(key_text)
    if key_id is None:  # an access token, too: its end may not be put off
        raise Unauthenticated
    authenticate(context, key_text)
    secret, randomness, now = signing_secret(context), context.ids.secret(ID_BYTES), context.clock.now()
    key = context.api_keys.get(key_id)
    if key is None:
        raise Unauthenticated
    session = new_session(randomness, key.id, key.session_epoch, now)

    def decide(alive: Sequence[ApiKey]) -> KeyChange:
        current = next((row for row in alive if row.id == key.id), None)
        if not Caller.by(key, session).is_admitted(current, now):
            raise Unauthenticated
        return KeyChange([], [session_opened(session, key.owner, now)])

    context.api_keys.change(key.owner, now, decide)
    context.verdicts.remember(key.id, key, now)
    return HeldSession(Caller.by(key, session), session_text(session, secret))


def resume_session(context: Context, text: str) -> HeldSession:
    """Return who holds a session, given as its text.

    Raises ``Unauthenticated``, and does not tell why, if the text is malformed or was not signed by this service, or if
    the session is too old, idle or closed, or its key revoked, expired or rotated; what ended may count for
    ``VERDICT_LIFE`` yet. Raises ``Unavailable`` if the database does not answer.
    """
    secret, now = signing_secret(context), context.clock.now()
    session = session_of(text, secret)
    if session is None or not session.is_alive(now):
        raise Unauthenticated
    key = look(context, session.key_id)
    if key is None or not Caller.by(key, session).is_admitted(key, now) or is_closed(context, session):
        raise Unauthenticated
    note_use(context, key, now)
    if not session.is_to_renew(now):
        return HeldSession(Caller.by(key, session), None)
    renewed = session.renewed(now)
    return HeldSession(Caller.by(key, renewed), session_text(renewed, secret))


def close_session(context: Context, caller: Caller) -> None:
    """Close the session of a caller in every process; its text opens nothing any more. Without one do nothing."""
    session, now = caller.session, context.clock.now()
    if session is None:
        return
    context.sessions.close(session.id, session.ends_at, now)
    context.verdicts.sessions.forget(session.id)
    entry = session_closed(session, caller.owner, now)
    context.api_keys.change(caller.owner, now, lambda _: KeyChange([], [entry]))


def signing_secret(context: Context) -> bytes:
    """Return the secret that signs sessions: the operator's, or the one in the database, which is read once."""
    if context.policy.secret:
        return context.policy.secret
    if not context.kept_secret:
        proposed = context.ids.secret(SECRET_BYTES)
        context.kept_secret.append(context.sessions.secret(proposed))
    return context.kept_secret[0]
