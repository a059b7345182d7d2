"""The receivers of webhooks: HTTP servers of other people, at addresses that clients chose."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Final, Protocol

from ocrcore.domain.errors import OcrError
from ocrcore.domain.webhook import DeliveryError
from ocrcore.domain.webhook_target import Target

#: Bytes of an answer that are read at most, head and body together.
MOST_ANSWER: Final = 65_536


class NoAnswer(OcrError):
    """A request to a receiver got no answer; ``error`` is why."""

    def __init__(self, error: DeliveryError) -> None:
        super().__init__(error.value)
        self.error = error


class Receivers(Protocol):
    """Sends requests. A name is resolved once for each call, and the connection is made to an address that was judged.

    Unless private addresses are allowed, a name of which any address is not public (``is_public``) is refused.
    """

    @abstractmethod
    def check(self, target: Target, *, allow_private: bool) -> None:
        """Return if the name of a target resolves to addresses that webhooks may reach.

        Raises ``ForbiddenTarget`` otherwise, also for a name that does not resolve within seconds. Nothing is sent.
        """

    @abstractmethod
    def post(self, target: Target, headers: Mapping[str, str], body: str, *, allow_private: bool) -> int:
        """Send a request and return the status of the answer, within ``SEND_TIME``.

        Redirects are not followed, no proxy is used, and of the answer at most ``MOST_ANSWER`` bytes are read, of which
        nothing is kept. Over https the certificate must be valid for the name. Raises ``NoAnswer``.
        """
