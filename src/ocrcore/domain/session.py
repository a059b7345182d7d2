"""Sessions: what a browser holds in place of a key, for a day's work at most.

The text of a session is its fields and their HMAC-SHA256, so nothing of a session that is open is stored. It names the
key that opened it, never its secret, and the key's ``session_epoch`` at that time: whatever raises that number ends all
sessions of the key.
"""

import hmac
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

#: How long a session lasts, whatever is done with it, and how long without a request.
SESSION_LIFE: Final = timedelta(hours=12)
SESSION_IDLE: Final = timedelta(hours=1)
#: A session is written anew at a request that comes so long after it was written last.
RENEWAL: Final = timedelta(minutes=5)
#: Random bytes of a session's id, and bytes of the secret that signs it.
ID_BYTES: Final = 16
SECRET_BYTES: Final = 32
#: How far the clocks of two processes may be apart.
_SKEW: Final = timedelta(minutes=1)

#: Signatures of other things, made with the same secret, are none of a session.
_PURPOSE: Final = "ocrcore session 1"
_TEXT: Final = re.compile(
    r"([0-9a-f]{32})\.([0-9A-Za-z]{8})\.([0-9]{1,9})\.([0-9]{1,11})\.([0-9]{1,11})\.([0-9a-f]{64})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A session of a browser. Its instants are whole seconds."""

    #: 32 hexadecimal digits.
    id: str
    #: The id of the key that opened it.
    key_id: str
    #: The ``session_epoch`` of that key.
    epoch: int
    opened_at: datetime
    #: When it was written last, at about the latest request.
    seen_at: datetime

    @property
    def ends_at(self) -> datetime:
        """The instant at which it ends, however busy it is."""
        return self.opened_at + SESSION_LIFE

    def is_alive(self, now: datetime) -> bool:
        """Return whether it is neither too old nor idle. "Ended" is ``now >= end``, as everywhere."""
        return self.seen_at - _SKEW <= now < min(self.ends_at, self.seen_at + SESSION_IDLE)

    def is_to_renew(self, now: datetime) -> bool:
        """Return whether it is to be written anew, so that it does not become idle."""
        return now >= self.seen_at + RENEWAL

    def renewed(self, now: datetime) -> "BrowserSession":
        """Return the session as a request at this instant leaves it. It does not end later than before."""
        return replace(self, seen_at=max(self.seen_at, now.replace(microsecond=0)))


def new_session(randomness: bytes, key_id: str, epoch: int, now: datetime) -> BrowserSession:
    """Return a new session; ``randomness`` is :data:`ID_BYTES` unpredictable bytes."""
    if len(randomness) != ID_BYTES:
        msg = f"a session needs {ID_BYTES} random bytes"
        raise ValueError(msg)
    opened_at = now.replace(microsecond=0)
    return BrowserSession(randomness.hex(), key_id, epoch, opened_at, opened_at)


def session_text(session: BrowserSession, secret: bytes) -> str:
    """Return the text of a session: letters, digits and dots."""
    instants = (int(session.opened_at.timestamp()), int(session.seen_at.timestamp()))
    body = ".".join(map(str, (session.id, session.key_id, session.epoch, *instants)))
    return f"{body}.{_signature(body, secret)}"


def session_of(text: str, secret: bytes) -> BrowserSession | None:
    """Return the session of a text, or None for one that was not made with this secret. It may be over."""
    found = _TEXT.fullmatch(text)
    if found is None or not hmac.compare_digest(_signature(text[: found.end(5)], secret), found[6]):
        return None
    opened_at, seen_at = (datetime.fromtimestamp(int(found[n]), UTC) for n in (4, 5))
    return BrowserSession(found[1], found[2], int(found[3]), opened_at, seen_at)


def _signature(body: str, secret: bytes) -> str:
    return hmac.new(secret, f"{_PURPOSE}\n{body}".encode(), sha256).hexdigest()
