"""What a deployment to AWS costs, as it is told before anything is made."""

import json
from math import isnan
from pathlib import Path

import boto3
import pytest

from costs import PRICES, estimate
from deployment import Deployment
from integration.deploy.test_template import REGIONS
from waiting import Refused

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


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_without_prices_is_told_in_one_line_and_refuses_nothing(region: str) -> None:
    parameters = {name: text for name, text in _declared().items() if text is not None}
    told = estimate(region, parameters, pages=1, gigabytes=1)
    if region in json.loads(PRICES.read_text())["regions"]:
        assert told.unknown == ""
        assert "unknown" not in "\n".join(told.lines())
    else:
        (line,) = told.lines()
        assert line.startswith("What it costs is not known: ")
        assert line.endswith(f" has no prices in {region}; --prices names a table of your own, of the same form.")


def test_a_machine_without_a_price_leaves_out_its_row_and_no_other() -> None:
    parameters = {name: text for name, text in _declared().items() if text is not None}
    known = estimate(_REGION, parameters, pages=1, gigabytes=1)
    other = {**parameters, "DatabaseInstanceType": "db.m7g.4xlarge"}
    told = estimate(_REGION, other, pages=1, gigabytes=1)
    assert [cost.what for cost in told.costs if isnan(cost.least)] == ["database: 2 x db.m7g.4xlarge"]
    (database,) = (cost for cost in known.costs if cost.what.startswith("database"))
    assert told.least == pytest.approx(known.least - database.least)
    *_, total, unknown = told.lines()
    assert total.startswith("  sum of what is known ")
    assert f" has no price of db.m7g.4xlarge in {_REGION}; --prices names " in unknown


def test_a_table_of_ones_own_gives_the_prices(tmp_path: Path) -> None:
    parameters = {name: text for name, text in _declared().items() if text is not None}
    own = json.loads(PRICES.read_text())
    own["regions"] = {"mars-1": own["regions"][_REGION]}
    table = tmp_path / "prices.json"
    table.write_text(json.dumps(own))
    told = estimate("mars-1", parameters, pages=1, gigabytes=1, table=table)
    assert told.least == estimate(_REGION, parameters, pages=1, gigabytes=1).least
    for broken in ("", "[]", "{}", '{"regions": {"mars-1": 3}}'):
        table.write_text(broken)
        with pytest.raises(Refused, match=f"{table} cannot be used; "):
            estimate("mars-1", parameters, pages=1, gigabytes=1, table=table)


def test_every_default_has_a_price_where_there_are_prices() -> None:
    parameters = {name: text for name, text in _declared().items() if text is not None}
    for region in json.loads(PRICES.read_text())["regions"]:
        assert estimate(region, parameters, pages=1, gigabytes=1).least > 0


def _declared() -> dict[str, str | None]:
    session = boto3.Session("nobody", "nothing", region_name=_REGION)
    return dict(Deployment(session, "none").declared())
