"""Authenticate: who calls, by the text of its key."""

import logging

from ocrcore.application.context import Context
from ocrcore.domain.api_key import ApiKey, id_of_text, is_text_of
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import Unauthenticated, Unavailable

_log = logging.getLogger(__name__)


def authenticate(context: Context, text: str) -> Caller:
    """Return the holder of a key.

    Raises ``Unauthenticated``, and does not tell why, if the text is malformed or the key unknown, revoked or expired;
    a revoked key may open the service for ``VERDICT_LIFE`` yet. Raises ``Unavailable`` if the database does not answer
    and the key was not looked at just before.
    """
    key_id = id_of_text(text)
    if key_id is None:
        raise Unauthenticated
    now = context.clock.now()
    key = _look(context, key_id)
    if not is_text_of(text, key) or key is None or not key.is_alive(now):
        raise Unauthenticated
    if context.verdicts.take_use(key, now):
        try:
            context.api_keys.touch(key.id, now)
        except Unavailable:
            _log.warning("the use of a key was not noted", extra={"key_id": key.id}, exc_info=True)
    return Caller.by(key)


def require_alive(context: Context, caller: Caller) -> None:
    """Raise ``Unauthenticated`` if the key of the caller has been revoked or has expired."""
    if caller.key_id is None:
        return
    key = _look(context, caller.key_id)
    if key is None or not key.is_alive(context.clock.now()):
        raise Unauthenticated


def _look(context: Context, key_id: str) -> ApiKey | None:
    """Return the row of a key as it is, or was two seconds ago."""
    began = context.clock.now()
    known = context.verdicts.recall(key_id, began)
    if known is not None:
        return known[0]
    key = context.api_keys.get(key_id)
    context.verdicts.remember(key_id, key, began)
    return key
