"""What a deployment to AWS costs, as it is told before anything is made."""

import json

import boto3
import pytest

from costs import PRICES, PriceUnknown, estimate
from deployment import Deployment

_REGION = "eu-central-1"


def test_the_estimate_grows_with_workers_and_pages_alone() -> None:
    parameters = {name: text for name, text in _declared().items() if text is not None}
    few = estimate(_REGION, parameters, pages=1000, gigabytes=1)
    assert few.least < few.most
    many = estimate(_REGION, parameters, pages=1_000_000, gigabytes=1)
    assert many.least > few.least
    steady = estimate(_REGION, {**parameters, "WorkersOnDemand": "10"}, pages=1000, gigabytes=1)
    assert steady.most > few.most
    assert estimate(_REGION, {**parameters, "WorkersMost": "1"}, pages=1000, gigabytes=1).most == few.least


def test_an_unknown_price_is_told_not_guessed() -> None:
    parameters = {name: text for name, text in _declared().items() if text is not None}
    with pytest.raises(PriceUnknown, match="has no region mars-1"):
        estimate("mars-1", parameters, pages=1, gigabytes=1)


def test_every_default_has_a_price_where_there_are_prices() -> None:
    parameters = {name: text for name, text in _declared().items() if text is not None}
    for region in json.loads(PRICES.read_text())["regions"]:
        assert estimate(region, parameters, pages=1, gigabytes=1).least > 0


def _declared() -> dict[str, str | None]:
    session = boto3.Session("nobody", "nothing", region_name=_REGION)
    return dict(Deployment(session, "none").declared())
