"""Keys: make, list, rotate and revoke them, as the operator of the service or as the holder of a key."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ocrcore.application.access.authenticate import require_open
from ocrcore.application.context import Context
from ocrcore.domain.api_key import (
    DEFAULT_SCOPES,
    MOST_A_DAY,
    MOST_ALIVE,
    MOST_OF_A_NAME,
    RANDOM_BYTES,
    ApiKey,
    Scope,
    check_owner,
    effective_scopes,
    hash_of,
    id_of_text,
    is_key_id,
    key_name,
    new_key_text,
)
from ocrcore.domain.caller import Caller, actor_of
from ocrcore.domain.durations import LONGEST
from ocrcore.domain.errors import InsufficientScope, InvalidOption, KeyNotFound, Unauthenticated
from ocrcore.domain.key_entry import OPERATOR, KeyEntry, created, revoked, rotated
from ocrcore.domain.webhook import MOST_WEBHOOKS
from ocrcore.ports.api_keys import EntryCursor, KeyChange, KeyCursor

_DAY: Final = timedelta(days=1)
#: Keys of an owner, the newest first, that are looked at to find what another one has made.
_LOOKED_AT: Final = 1000
#: How long a rotated key is alive beside its successor.
OVERLAP: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made just now. Its text is nowhere else, and is never shown again."""

    key: ApiKey
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Left:
    """What a key has made, by id: live keys, and webhooks."""

    keys: Sequence[str]
    webhooks: Sequence[UUID]


class OperatorKeys:
    """The verbs of the operator, who reaches the database, on the keys of all owners."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def create(
        self,
        owner: str,
        *,
        name: str = "",
        scopes: frozenset[Scope] = DEFAULT_SCOPES,
        expires_in: timedelta | None = None,
    ) -> NewKey:
        """Make a key of an owner, who need not exist before.

        Raises ``InvalidOption`` for a name that no owner or key can have, and if the owner has two live keys of this
        name, or a hundred in all.
        """
        now = self._context.clock.now()
        return _create(self._context, check_owner(owner), _Wish(name, scopes, _end(now, expires_in), OPERATOR), now)

    def list(self, owner: str | None = None, *, after: KeyCursor | None = None, limit: int = 50) -> Sequence[ApiKey]:
        """Return keys of an owner, or of all, newest first; those that are revoked or expired too."""
        return self._context.api_keys.list(owner, after, limit)

    def revoke(self, key_id: str) -> ApiKey:
        """End a key; repeated, it changes nothing. Raises ``KeyNotFound``."""
        return _revoke(self._context, _get(self._context, key_id), OPERATOR)

    def left_by(self, key: ApiKey) -> Left:
        """Return what a key has made that goes on without it, which matters if it was in other hands."""
        now, actor = self._context.clock.now(), actor_of(key.id)
        keys = self._context.api_keys.list(key.owner, None, _LOOKED_AT)
        webhooks = self._context.webhooks.list(key.owner, None, MOST_WEBHOOKS)
        return Left(
            [one.id for one in keys if one.created_by == actor and one.is_alive(now)],
            [one.id for one in webhooks if one.created_by == actor],
        )

    def rotate(self, key_id: str, *, overlap: timedelta = OVERLAP) -> NewKey:
        """Make the successor of a key, with its owner, name, scopes and lifetime; the old one ends after ``overlap``.

        A key whose successor was revoked gets another one, with the lifetime that it had at first itself. Raises
        ``KeyNotFound``, also for a key that is revoked or expired, and ``InvalidOption`` if it has a successor already
        that is alive, and unless ``overlap`` is from 0 to 36,500 days.
        """
        return _rotate(self._context, _get(self._context, key_id), OPERATOR, overlap)

    def now(self) -> datetime:
        """Return the instant by which keys are alive or not."""
        return self._context.clock.now()

    def any_alive(self) -> bool:
        """Return whether any key opens the service."""
        return self._context.api_keys.any_alive(self._context.clock.now())

    def history(self, owner: str, *, after: EntryCursor | None = None, limit: int = 50) -> Sequence[KeyEntry]:
        """Return the entries about an owner's keys, in order."""
        return self._context.api_keys.history(owner, after, limit)


class OwnerKeys:
    """The verbs of a client on the keys of its owner. It gives and takes no right that it does not have itself."""

    def __init__(self, context: Context, caller: Caller) -> None:
        self._context, self._caller = context, caller

    def create(
        self,
        *,
        name: str = "",
        scopes: frozenset[Scope] | None = None,
        expires_in: timedelta | None = None,
    ) -> NewKey:
        """Make a key of the owner, by default with the scopes of the caller among ``read`` and ``write``.

        It ends when the key of the caller ends, or before. Raises ``InsufficientScope`` for a scope that the caller
        lacks, and ``InvalidOption`` as for the operator, and if the owner has got 200 keys in 24 hours.
        """
        caller, now = self._caller, self._context.clock.now()
        require_open(self._context, caller)
        wanted = caller.scopes & DEFAULT_SCOPES if scopes is None else scopes
        _require_no_wider(caller, wanted)
        ends = [end for end in (_end(now, expires_in), caller.expires_at) if end is not None]
        return _create(
            self._context, caller.owner, _Wish(name, wanted, min(ends, default=None), caller.actor, caller), now
        )

    def list(self, *, after: KeyCursor | None = None, limit: int = 50) -> Sequence[ApiKey]:
        """Return the keys of the owner, newest first."""
        return self._context.api_keys.list(self._caller.owner, after, limit)

    def rotate(self, key_id: str, *, overlap: timedelta) -> NewKey:
        """Make a key like another one of the owner, which ends after ``overlap``; the new one ends with the caller's.

        Raises ``KeyNotFound``, also for another owner's key and one that has ended, and ``InsufficientScope`` for a key
        that may do more than the caller.
        """
        require_open(self._context, self._caller)
        key = _get(self._context, key_id)
        if key.owner != self._caller.owner:
            raise KeyNotFound
        _require_no_wider(self._caller, key.scopes)
        return _rotate(self._context, key, self._caller.actor, overlap, asker=self._caller)

    def revoke(self, key_id: str) -> ApiKey:
        """End a key of the owner; repeated, it changes nothing.

        Raises ``KeyNotFound``, also for another owner's key, and ``InsufficientScope`` for a key that may do more than
        the caller.
        """
        require_open(self._context, self._caller)
        key = _get(self._context, key_id)
        if key.owner != self._caller.owner:
            raise KeyNotFound
        _require_no_wider(self._caller, key.scopes)
        return _revoke(self._context, key, self._caller.actor, asker=self._caller)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a new key is to be."""

    name: str
    scopes: frozenset[Scope]
    expires_at: datetime | None
    by: str
    #: Who asks, whose key must be alive when the new one is made; None for the operator.
    asker: Caller | None = None


def _create(context: Context, owner: str, wish: _Wish, now: datetime) -> NewKey:
    _require_pace(context, owner, wish.asker, now)
    key, text = _new(context, owner, wish, now)

    def decide(alive: Sequence[ApiKey]) -> KeyChange:
        _require_asker(alive, wish.asker, now)
        _require_room(alive, key.name)
        return KeyChange([key], [created(key)])

    context.api_keys.change(owner, now, decide)
    return NewKey(key, text)


def _rotate(context: Context, old: ApiKey, by: str, overlap: timedelta, *, asker: Caller | None = None) -> NewKey:
    now = context.clock.now()
    if not timedelta() <= overlap <= LONGEST:
        msg = f"overlap must be from 0s to {LONGEST.days}d."
        raise InvalidOption(msg)
    if not old.is_alive(now):
        raise KeyNotFound
    _require_pace(context, old.owner, asker, now)
    latest = None if asker is None else asker.expires_at
    ends = [end for end in (_end(now, old.lifetime), latest) if end is not None]
    key, text = _new(context, old.owner, _Wish(old.name, old.scopes, min(ends, default=None), by), now)

    def decide(alive: Sequence[ApiKey]) -> KeyChange:
        _require_asker(alive, asker, now)
        current = next((row for row in alive if row.id == old.id), None)
        if current is None:
            raise KeyNotFound
        _require_room(alive, key.name)
        return KeyChange([key, current.rotated(now, overlap)], [created(key), rotated(current, key)])

    context.api_keys.change(old.owner, now, decide)
    context.verdicts.forget(old.id)
    return NewKey(key, text)


def _revoke(context: Context, key: ApiKey, by: str, *, asker: Caller | None = None) -> ApiKey:
    now = context.clock.now()

    def decide(alive: Sequence[ApiKey]) -> KeyChange:
        _require_asker(alive, asker, now)
        found = [row for row in alive if row.id == key.id]
        return KeyChange([row.revoked(now, by) for row in found], [revoked(row, by, now) for row in found])

    changed = context.api_keys.change(key.owner, now, decide)
    context.verdicts.forget(key.id)
    return changed[0] if changed else _get(context, key.id)


def _new(context: Context, owner: str, wish: _Wish, now: datetime) -> tuple[ApiKey, str]:
    if not wish.scopes:
        msg = "A key needs at least one scope."
        raise InvalidOption(msg)
    text = new_key_text(context.ids.secret(RANDOM_BYTES))
    key = ApiKey(
        id=id_of_text(text) or "",
        owner=owner,
        name=key_name(wish.name),
        hash=hash_of(text),
        scopes=wish.scopes,
        created_at=now,
        created_by=wish.by,
        expires_at=wish.expires_at,
    )
    return key, text


def _require_asker(alive: Sequence[ApiKey], asker: Caller | None, now: datetime) -> None:
    """Raise ``Unauthenticated`` if the key or token that asks has ended, or its session, whatever is remembered."""
    if asker is not None and not asker.is_admitted(next((key for key in alive if key.id == asker.key_id), None), now):
        raise Unauthenticated


def _require_pace(context: Context, owner: str, asker: Caller | None, now: datetime) -> None:
    """Raise ``InvalidOption`` if a client asks for one more key than an owner gets in a day; the dead ones count too.

    It is no lock: requests at the same time may exceed it by a few.
    """
    if asker is None or not asker.may_end:
        return
    latest = context.api_keys.list(owner, None, MOST_A_DAY)
    if len(latest) >= MOST_A_DAY and latest[-1].created_at > now - _DAY:
        msg = (
            f"The owner has got {MOST_A_DAY} keys in 24 hours, those that have ended among them; keep a key for longer."
        )
        raise InvalidOption(msg)


def _require_room(alive: Sequence[ApiKey], name: str) -> None:
    if len(alive) >= MOST_ALIVE:
        msg = f"The owner has {MOST_ALIVE} live keys; revoke one that is not used any more."
        raise InvalidOption(msg)
    if sum(other.name == name for other in alive) >= MOST_OF_A_NAME:
        which = f"called {name!r}" if name else "without a name"
        msg = f"The owner has {MOST_OF_A_NAME} live keys {which}; revoke one of them, or choose another name."
        raise InvalidOption(msg)


def _require_no_wider(caller: Caller, scopes: frozenset[Scope]) -> None:
    if not effective_scopes(scopes) <= caller.scopes:
        msg = "A key neither makes nor ends keys that may do more than itself."
        raise InsufficientScope(msg)


def _get(context: Context, key_id: str) -> ApiKey:
    key = context.api_keys.get(key_id) if is_key_id(key_id) else None
    if key is None:
        raise KeyNotFound
    return key


def _end(now: datetime, expires_in: timedelta | None) -> datetime | None:
    if expires_in is None:
        return None
    if not timedelta() < expires_in <= LONGEST:
        msg = f"expires must be from 1s to {LONGEST.days}d."
        raise InvalidOption(msg)
    return now + expires_in
