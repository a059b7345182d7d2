"""The contract of ``Receivers``."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import pytest

from ocrcore.domain.errors import ForbiddenTarget
from ocrcore.domain.webhook import DeliveryError
from ocrcore.domain.webhook_target import Target
from ocrcore.ports.receivers import NoAnswer, Receivers

_BODY = '{"type":"ping"}'


class ReceiverHouse(Protocol):
    """The adapter under test, and receivers that it reaches."""

    @property
    def receivers(self) -> Receivers:
        """The adapter under test."""

    def answering(self, status: int) -> Target:
        """Return a receiver at a private address that answers with a status; with 3xx, it names itself."""

    def closed(self) -> Target:
        """Return a target at which nobody listens."""

    def unknown(self) -> Target:
        """Return a target whose name does not resolve."""

    def posts(self) -> Sequence[tuple[Mapping[str, str], str]]:
        """Return headers, in lower case, and body of each request that arrived."""


class ReceiversContract:
    """The contract of ``Receivers``. Override the fixture ``house``."""

    @pytest.fixture
    def house(self) -> ReceiverHouse:
        """Return the adapter under test, and its receivers."""
        raise NotImplementedError

    @pytest.mark.parametrize("status", [200, 204, 404, 410, 500])
    def test_a_request_arrives_and_the_status_comes_back(self, house: ReceiverHouse, status: int) -> None:
        target = house.answering(status)
        house.receivers.check(target, allow_private=True)
        assert house.receivers.post(target, {"webhook-id": "a#1"}, _BODY, allow_private=True) == status
        ((headers, body),) = house.posts()
        assert (headers["webhook-id"], body) == ("a#1", _BODY)

    def test_a_redirect_is_not_followed(self, house: ReceiverHouse) -> None:
        assert house.receivers.post(house.answering(307), {}, _BODY, allow_private=True) == 307
        assert len(house.posts()) == 1

    def test_a_private_address_is_reached_only_with_leave(self, house: ReceiverHouse) -> None:
        target = house.answering(200)
        with pytest.raises(ForbiddenTarget):
            house.receivers.check(target, allow_private=False)
        assert _no_answer(house, target, allow_private=False) is DeliveryError.FORBIDDEN_TARGET
        assert list(house.posts()) == []

    def test_where_nobody_listens_there_is_no_answer(self, house: ReceiverHouse) -> None:
        assert _no_answer(house, house.closed()) is DeliveryError.UNREACHABLE

    def test_a_name_that_does_not_resolve_is_refused(self, house: ReceiverHouse) -> None:
        with pytest.raises(ForbiddenTarget):
            house.receivers.check(house.unknown(), allow_private=True)
        assert _no_answer(house, house.unknown()) is DeliveryError.UNKNOWN_NAME


def _no_answer(house: ReceiverHouse, target: Target, *, allow_private: bool = True) -> DeliveryError:
    with pytest.raises(NoAnswer) as caught:
        house.receivers.post(target, {}, _BODY, allow_private=allow_private)
    return caught.value.error
