"""API keys: their text, what is kept of them, and what their holder may do.

The text of a key is ``ocrk_``, 8 letters of its id, ``_``, 43 letters of a secret of 256 bits, and 6 letters of a
CRC-32 over all before; a letter is one of 62 digits and ASCII letters. A double click selects the whole of it, and the
checksum tells a typing error or a made-up key from a real one without a database. Only the SHA-256 of a text is kept.
A secret of 256 random bits cannot be guessed from its hash, so a slow hash, as passwords need, would gain nothing.
"""

import hashlib
import hmac
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ocrcore.domain.audit import UPKEEP, WORKER
from ocrcore.domain.errors import InvalidOption
from ocrcore.domain.normalisation import clean_name

#: Random bytes in a new key.
RANDOM_BYTES: Final = 40
#: Most keys of an owner that are alive at the same time, and most of them with one name: a key and its successor.
MOST_ALIVE, MOST_OF_A_NAME = 100, 2
#: Most keys that clients of an owner make in 24 hours. Rows of keys that have ended are kept for the time of the audit
#: log, and every change of a key of the owner reads them all.
MOST_A_DAY: Final = 200
#: Longest name of a key, in characters.
MAX_KEY_NAME: Final = 100

_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PREFIX: Final = "ocrk_"
_ID, _SECRET, _CHECKSUM = 8, 43, 6
_ID_BYTES: Final = 8
_TEXT: Final = re.compile(rf"{_PREFIX}([0-9A-Za-z]{{{_ID}}})_[0-9A-Za-z]{{{_SECRET + _CHECKSUM}}}", re.ASCII)
#: What is hidden of a text: whatever begins as a key, and has some of a secret.
_SECRETS: Final = re.compile(rf"{_PREFIX}([0-9A-Za-z]{{{_ID}}})_[0-9A-Za-z]{{8,}}", re.ASCII)
_ID_TEXT: Final = re.compile(rf"[0-9A-Za-z]{{{_ID}}}", re.ASCII)
#: As long as the hash of a key, and the hash of none.
_NO_HASH: Final = "0" * 64

_OWNER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}", re.ASCII)
#: Names that the audit log has for processes.
_RESERVED: Final = frozenset({UPKEEP, WORKER, "operator", "retention"})


class Scope(StrEnum):
    """What the holder of a key may do."""

    #: Read jobs, texts and files of the owner.
    READ = "read"
    #: Submit, change and delete jobs of the owner; includes :attr:`READ`.
    WRITE = "write"
    #: Look at the service itself: metrics, statistics and the description of the API.
    ADMIN = "admin"


#: The scopes of a key whose maker names none.
DEFAULT_SCOPES: Final = frozenset({Scope.READ, Scope.WRITE})


def parse_scopes(text: str) -> frozenset[Scope]:
    """Return the scopes of a list such as ``read,write``. Raises ``InvalidOption``."""
    names = {name.strip() for name in text.split(",")}
    if not names <= set(Scope):
        msg = f"scope must be some of {', '.join(Scope)}, separated by commas."
        raise InvalidOption(msg)
    return frozenset(map(Scope, names))


def known_scopes(text: str) -> frozenset[Scope]:
    """Return the scopes of a stored list without those of a newer release: what is not known opens nothing."""
    return frozenset(Scope(name) for name in text.split(",") if name in set(Scope))


def format_scopes(scopes: Iterable[Scope]) -> str:
    """Return the scopes as :func:`parse_scopes` reads them, in the order of :class:`Scope`."""
    held = set(scopes)
    return ",".join(scope for scope in Scope if scope in held)


def effective_scopes(scopes: Iterable[Scope]) -> frozenset[Scope]:
    """Return the scopes, and those that they include."""
    held = frozenset(scopes)
    return held | {Scope.READ} if Scope.WRITE in held else held


def check_owner(owner: str) -> str:
    """Return the name of an owner. Raises ``InvalidOption`` for one that cannot be, or that a process has."""
    if not _OWNER.fullmatch(owner) or owner in _RESERVED:
        msg = (
            "An owner is 1 to 64 ASCII letters, digits and ._@+- beginning with a letter or digit,"
            f" and none of {', '.join(sorted(_RESERVED))}."
        )
        raise InvalidOption(msg)
    return owner


def key_name(name: str) -> str:
    """Return the name of a key as it is stored; it may be empty.

    Raises ``InvalidOption`` for one that is too long, or holds a key itself.
    """
    if len(name) > MAX_KEY_NAME:
        msg = f"A key's name has at most {MAX_KEY_NAME} characters."
        raise InvalidOption(msg)
    return require_no_key(clean_name(name), "The name")


def new_key_text(randomness: bytes) -> str:
    """Return the text of a new key; ``randomness`` is :data:`RANDOM_BYTES` unpredictable bytes."""
    if len(randomness) != RANDOM_BYTES:
        msg = f"a key needs {RANDOM_BYTES} random bytes"
        raise ValueError(msg)
    key_id = _digits(int.from_bytes(randomness[:_ID_BYTES]) % len(_LETTERS) ** _ID, _ID)
    body = f"{_PREFIX}{key_id}_{_digits(int.from_bytes(randomness[_ID_BYTES:]), _SECRET)}"
    return body + _checksum(body)


def id_of_text(text: str) -> str | None:
    """Return the id in the text of a key, or None for a text that no key has."""
    found = _TEXT.fullmatch(text)
    body, checksum = text[:-_CHECKSUM], text[-_CHECKSUM:]
    return None if found is None or _checksum(body) != checksum else found[1]


def holds_key(text: str) -> bool:
    """Return whether the text of a key stands anywhere in this one."""
    return any(id_of_text(found[0]) is not None for found in _TEXT.finditer(text))


def require_no_key(text: str, what: str) -> str:
    """Return a text that a client chose and that is kept. Raises ``InvalidOption`` if it holds a key."""
    if holds_key(text):
        msg = f"{what} holds an API key, which would be kept and shown; send keys as Authorization: Bearer KEY alone."
        raise InvalidOption(msg)
    return text


def without_keys(text: str) -> str:
    """Return the text with the secret of every key in it replaced, also of one that was cut or misspelt.

    Its id is left, which is no secret.
    """
    return _SECRETS.sub(rf"{_PREFIX}\1_[secret]", text) if _PREFIX in text else text


def is_key_id(text: str) -> bool:
    """Return whether a key may have this id."""
    return _ID_TEXT.fullmatch(text) is not None


def hash_of(text: str) -> str:
    """Return the SHA-256 of the text of a key, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is kept of a key. It is alive from its creation until it is revoked or expires."""

    id: str
    owner: str
    #: For people; may be empty.
    name: str
    #: The SHA-256 of its text, hexadecimal.
    hash: str
    scopes: frozenset[Scope]
    created_at: datetime
    #: The actor who made it.
    created_by: str
    #: None: it does not expire. A rotation sets it.
    expires_at: datetime | None = None
    #: When a request last had it, to about a minute.
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    #: Sessions that were opened with the key under another number are over.
    session_epoch: int = 0
    #: When it first got a successor, and the end that it had until then; None: it had none, or got no successor.
    rotated_at: datetime | None = None
    end_before_rotation: datetime | None = None

    @property
    def lifetime(self) -> timedelta | None:
        """For how long it was made, whatever a rotation made of its end; None: it was to live for ever."""
        end = self.expires_at if self.rotated_at is None else self.end_before_rotation
        return None if end is None else end - self.created_at

    def is_alive(self, now: datetime) -> bool:
        """Return whether it opens the service. "Expired" is ``now >= expires_at``."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def revoked(self, now: datetime, by: str) -> "ApiKey":
        """Return the key after its revocation. The first counts."""
        if self.revoked_at is not None:
            return self
        return replace(self, revoked_at=now, revoked_by=by, session_epoch=self.session_epoch + 1)

    def rotated(self, now: datetime, overlap: timedelta) -> "ApiKey":
        """Return the key after it got a successor: it ends after the overlap, or before. Its sessions are over at once.

        It may get another successor, if the first was revoked before it was of use.
        """
        end = now + overlap if self.expires_at is None else min(now + overlap, self.expires_at)
        key = replace(self, expires_at=end, session_epoch=self.session_epoch + 1)
        return key if self.rotated_at is not None else replace(key, rotated_at=now, end_before_rotation=self.expires_at)


def is_text_of(text: str, key: ApiKey | None) -> bool:
    """Return whether this is the text of the key, in a time that does not depend on either."""
    return hmac.compare_digest(hash_of(text), _NO_HASH if key is None else key.hash) and key is not None


def _digits(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_LETTERS))
        digits.append(_LETTERS[digit])
    return "".join(reversed(digits))


def _checksum(body: str) -> str:
    return _digits(zlib.crc32(body.encode()), _CHECKSUM)
