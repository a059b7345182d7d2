"""Verdicts: the rows of keys, kept for two seconds, so that a busy client does not cost a query for each request."""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, Generic, TypeVar

from ocrcore.domain.api_key import ApiKey

T = TypeVar("T")

#: How long a row is used without a new look, so how long after its revocation a key may still open the service.
VERDICT_LIFE: Final = timedelta(seconds=2)
#: How often the use of a key is noted, at most.
USE_STEP: Final = timedelta(minutes=1)
#: The same for a key that has ended.
LATE_USE_STEP: Final = timedelta(hours=1)
#: Most rows. The row that was looked at longest ago goes first.
CAPACITY: Final = 10_000


class Looks(Generic[T]):
    """What the latest look at each of many things found. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._looks: OrderedDict[str, tuple[datetime, T]] = OrderedDict()

    def recall(self, name: str, now: datetime) -> tuple[T] | None:
        """Return what the latest look found, if it is young enough, else None."""
        with self._lock:
            found = self._looks.get(name)
        if found is None or not found[0] <= now < found[0] + VERDICT_LIFE:
            return None
        return (found[1],)

    def remember(self, name: str, value: T, began: datetime) -> None:
        """Keep what a look found that began at this instant."""
        with self._lock:
            _put(self._looks, name, (began, value))

    def forget(self, name: str) -> None:
        """Look again at the next request."""
        with self._lock:
            self._looks.pop(name, None)


class Verdicts(Looks[ApiKey | None]):
    """The latest look at each key, unknown ids among them. Holds no text of a key. Safe to share between threads."""

    def __init__(self) -> None:
        super().__init__()
        self._noted: OrderedDict[str, datetime] = OrderedDict()
        self._noted_late: OrderedDict[str, datetime] = OrderedDict()
        #: Whether each session was closed.
        self.sessions: Looks[bool] = Looks()

    def take_use(self, key: ApiKey, now: datetime) -> bool:
        """Return whether the use of a key is to be noted now, and answer False for the next minute."""
        with self._lock:
            noted = max(filter(None, (self._noted.get(key.id), key.last_used_at)), default=None)
            if noted is not None and now < noted + USE_STEP:
                return False
            _put(self._noted, key.id, now)
            return True

    def take_late_use(self, key: ApiKey, now: datetime) -> bool:
        """Return whether the use of a key that has ended is to be noted now, and answer False for the next hour."""
        with self._lock:
            noted = self._noted_late.get(key.id)
            if noted is not None and now < noted + LATE_USE_STEP:
                return False
            _put(self._noted_late, key.id, now)
            return True


def _put(kept: OrderedDict[str, T], name: str, value: T) -> None:
    kept[name] = value
    kept.move_to_end(name)
    if len(kept) > CAPACITY:
        kept.popitem(last=False)
