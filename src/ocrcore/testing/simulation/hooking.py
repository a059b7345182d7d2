"""Webhooks in the simulation: those that each owner has from the start, their receivers, and how all of it ends.

Faults of the catalogue hit the ports of webhooks as all others. Receivers fail besides, whatever the faults are: an
answer is an error, is lost after the request has arrived, or the request never arrives. Some receivers never come back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ocrcore.application.service import OcrService
from ocrcore.domain.caller import Caller
from ocrcore.domain.webhook import Delivery, DeliveryError
from ocrcore.domain.webhook_target import Target
from ocrcore.ports.deliveries import DeliveryCursor
from ocrcore.ports.receivers import NoAnswer, Receivers
from ocrcore.testing.simulation.fakes import Fakes
from ocrcore.testing.simulation.hook_checker import HookChecker
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, START, Actor, Kernel, Process, micros

#: What becomes of a request: its share, whether it arrives, and the answer.
_OUTCOMES: Final = (
    (0.12, True, 500),
    (0.12, True, DeliveryError.TIMEOUT),
    (0.12, False, DeliveryError.UNREACHABLE),
    (0.03, True, 410),
)
_OK: Final = 200
#: What receivers refuse whose request is so much older, or newer, than they.
_TOO_OLD: Final = 300
_BAD: Final = 400
#: The part of the receivers that never come back.
_DEAD: Final = 0.05
#: The longest time in which nobody looks whether something is due.
_LOOK: Final = 60 * SECOND
#: Looks at what is due after the faults, more than a day of attempts needs.
_ROUNDS: Final = 2000
_HOUR: Final = 3600 * SECOND
_DAY: Final = 24 * _HOUR
#: How long a delivery is listed.
_LISTED: Final = 30 * _DAY
_PAGE: Final = 20


class _SimulatedReceivers(Receivers):
    """The receivers of all webhooks."""

    def __init__(self, hooks: "Hooks", kernel: Kernel) -> None:
        self._hooks, self._kernel = hooks, kernel

    def check(self, target: Target, *, allow_private: bool) -> None:
        """Accept every target."""

    def post(self, target: Target, headers: Mapping[str, str], body: str, *, allow_private: bool) -> int:
        """Let a request arrive or not, and return its answer, after a while."""
        del allow_private
        kernel, checker = self._kernel, self._hooks.checker
        webhook_id = self._hooks.webhook_at(target)
        checker.sending(webhook_id, headers, body)
        arrives, answer = self._hooks.outcome(webhook_id)
        if not self._hooks.is_healed:
            kernel.sleep(int(kernel.random.random() * SECOND))
        if arrives and abs(int(headers["webhook-timestamp"]) - kernel.instant().timestamp()) > _TOO_OLD:
            return _BAD
        if isinstance(answer, DeliveryError):
            raise NoAnswer(answer)
        return answer


class Hooks:
    """The webhooks of all owners, their receivers, and the checker of what becomes of notices."""

    def __init__(self, kernel: Kernel, fakes: Fakes) -> None:
        self._kernel, self._fakes, self._tables = kernel, fakes, fakes.tables
        self.receivers: Receivers = _SimulatedReceivers(self, kernel)
        self.checker = HookChecker(kernel, fakes)
        #: Actors that wait for a delivery, with the number of their sleep.
        self.senders: list[tuple[Actor, int]] = []
        self._dead: set[UUID] = set()
        self._urls = 0
        self.is_healed = False

    def begin(self, *owners: str) -> None:
        """Make a webhook for each owner, before anything can fail."""
        service = OcrService(replace(self._fakes.context, receivers=self.receivers))
        for owner in owners:
            made = service.webhooks_of(Caller(owner)).create(self.new_url())
            self.checker.made(made.webhook)
            self.checker.shown(made.webhook, made.secret)
            self._draw(made.webhook.id)

    def new_url(self) -> str:
        """Return a URL that no webhook has."""
        self._urls += 1
        return f"https://receiver-{self._urls}.example/"

    def saw(self, operation: str, actor: Actor, args: tuple[Any, ...], answer: Any) -> None:  # noqa: ANN401 - of any port
        """Check the effect of a call, and wake those who send if there is something to be sent."""
        if operation == "receivers.post":
            if answer == _OK:
                self.checker.taken(self.webhook_at(args[0]), args[1]["webhook-id"])
        elif self.checker.saw(operation, actor, args, answer):
            self._kernel.call_in(self.senders)
        if operation == "webhooks.change" and answer.add is not None:
            self._draw(answer.add.id)

    def until_next(self) -> int:
        """Return after how many microseconds a process that sends should look again."""
        due = min((each.due_at for each in self._shown() if each.due_at is not None), default=None)
        return _LOOK if due is None else max(SECOND, min(_LOOK, self._at(due) - self._kernel.now))

    def outcome(self, webhook_id: UUID) -> tuple[bool, int | DeliveryError]:
        """Return whether a request arrives, and its answer."""
        if webhook_id in self._dead:
            return False, DeliveryError.UNREACHABLE
        draw = 1.0 if self.is_healed else self._kernel.random.random()
        for share, arrives, answer in _OUTCOMES:
            if draw < share:
                return arrives, answer
            draw -= share
        return True, _OK

    def webhook_at(self, target: Target) -> UUID:
        """Return the webhook that leads to a target."""
        return self.checker.webhook_at(f"https://{target.host}/")

    def finish(self, sender: Process) -> None:
        """Let a process send what is left, each when it is due, and check that every notice was taken or is listed.

        After a month, nothing of it may be left. No other process runs any more.
        """
        done: list[bool] = []

        def live_out() -> None:
            self._drain(sender.service)
            self._check_lists(sender.service)
            self._want_late(sender.service)
            self._kernel.sleep(_LISTED + 2 * _DAY)
            while sender.service.forget_deliveries_once():
                pass
            self.checker.check_forgotten()
            done.append(True)

        self._kernel.spawn(sender, "last", live_out)
        self._kernel.run(lambda: bool(done), self._kernel.now + 3 * _LISTED)
        if self._kernel.violation is None and not done:
            self._kernel.fail(Invariant.NOTICES_COMPLETE, "deliveries are due for ever")

    def _draw(self, webhook_id: UUID) -> None:
        """Decide whether the receiver of a new webhook never answers."""
        if self._kernel.random.random() < _DEAD:
            self._dead.add(webhook_id)

    def _drain(self, service: OcrService) -> None:
        """Send until nothing is due any more."""
        for _ in range(_ROUNDS):
            due = [each.due_at for each in self._shown() if each.due_at is not None]
            if not due:
                return
            self._kernel.sleep(max(SECOND, self._at(min(due)) - self._kernel.now))
            for webhook_id in service.due_webhooks():
                while service.deliver_once(webhook_id) is not None:
                    pass
        self._kernel.fail(Invariant.NOTICES_COMPLETE, f"{len(due)} deliveries are sent for ever")

    def _check_lists(self, service: OcrService) -> None:
        self.checker.check_ended(is_dead=self._dead.__contains__)
        for webhook in self._tables.webhooks.values():
            listed: list[Delivery] = []
            verbs, after = service.webhooks_of(Caller(webhook.owner)), None
            while page := verbs.deliveries(webhook.id, after=after, limit=_PAGE):
                listed += page
                after = DeliveryCursor(page[-1].created_at, page[-1].id)
            self.checker.check_listed(webhook.id, listed)

    def _want_late(self, service: OcrService) -> None:
        """Have a delivery sent again that failed, an hour before it is listed no more: it is, until it has ended."""
        delivery = self.checker.failed(self._dead.__contains__)
        if delivery is None:
            return
        self._kernel.sleep(max(0, self._at(delivery.created_at) + _LISTED - _HOUR - self._kernel.now))
        owner = self._tables.webhooks[delivery.webhook_id].owner
        service.webhooks_of(Caller(owner)).redeliver(delivery.webhook_id, delivery.id)
        self._kernel.sleep(2 * _HOUR)
        while service.forget_deliveries_once():
            pass
        self._drain(service)

    def _shown(self) -> Iterator[Delivery]:
        """Yield the deliveries of webhooks that are there."""
        webhooks = self._tables.webhooks
        return (each for each in self._tables.deliveries.values() if each.webhook_id in webhooks)

    def _at(self, instant: datetime) -> int:
        return micros(instant - START)
