"""Receivers of webhooks in memory: what each host answers, and what it got."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from ocrcore.domain.errors import ForbiddenTarget
from ocrcore.domain.webhook import DeliveryError
from ocrcore.domain.webhook_target import Target, is_public, require_public
from ocrcore.ports.receivers import NoAnswer, Receivers


@dataclass(frozen=True, slots=True)
class Post:
    """A request that arrived."""

    target: Target
    headers: Mapping[str, str]
    body: str


@dataclass(slots=True)
class MemoryReceivers(Receivers):
    """Every name resolves to a public address and answers 200, unless it is said otherwise."""

    #: Host -> the addresses of its name; an empty list: it does not resolve.
    names: dict[str, list[str]] = field(default_factory=dict)
    #: Host -> its next answers: a status, or why there is none. The last one is given for ever.
    answers: dict[str, deque[int | DeliveryError]] = field(default_factory=dict)
    #: What arrived, also if the answer was lost.
    posts: list[Post] = field(default_factory=list)

    def check(self, target: Target, *, allow_private: bool) -> None:
        """Return if webhooks may reach the addresses of the name."""
        addresses = self._addresses(target)
        if not addresses:
            msg = f"The name {target.host} cannot be resolved."
            raise ForbiddenTarget(msg)
        for address in addresses:
            require_public(address, allow_private=allow_private)

    def post(self, target: Target, headers: Mapping[str, str], body: str, *, allow_private: bool) -> int:
        """Let the request arrive, and return the answer."""
        addresses = self._addresses(target)
        if not addresses:
            raise NoAnswer(DeliveryError.UNKNOWN_NAME)
        if not allow_private and not all(map(is_public, addresses)):
            raise NoAnswer(DeliveryError.FORBIDDEN_TARGET)
        answers = self.answers.get(target.host) or deque([200])
        answer = answers.popleft() if len(answers) > 1 else answers[0]
        if answer not in {DeliveryError.UNREACHABLE, DeliveryError.TLS_FAILED}:
            self.posts.append(Post(target, dict(headers), body))
        if isinstance(answer, DeliveryError):
            raise NoAnswer(answer)
        return answer

    def _addresses(self, target: Target) -> list[str]:
        return [target.host] if ":" in target.host else self.names.get(target.host, ["198.41.0.4"])
