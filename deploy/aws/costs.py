"""What a stack costs a month, before it is made: a table of prices times the parameters of the template."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PRICES: Final = Path(__file__).with_name("prices.json")
_HOURS: Final = 730
_DISK_GB: Final = 30
_SECRETS: Final = 5  # four of the template, and RDS's own
_METRICS: Final = 10
_ALARMS: Final = 16  # as many as metrics in them
#: Requests for one page, measured by the tests of costs: to S3 (half of them writes), SQS, and DynamoDB (writes).
_BUCKET_REQUESTS: Final = 3.0
_QUEUE_REQUESTS: Final = 0.35
_TABLE_WRITES: Final = 2.0  # entries of a page, claimed and recognised: batches save requests, and no writes
_PUBLICATIONS: Final = 60 * _HOURS  # of each process


class PriceUnknown(Exception):
    """The table has no price for a region or a type of machine; the text names it."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One line of the estimate, in US dollars a month."""

    what: str
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a stack costs: with the fewest workers, and with the most all month long."""

    as_of: str
    costs: Sequence[Cost]

    @property
    def least(self) -> float:
        """The sum with the fewest workers."""
        return sum(cost.least for cost in self.costs)

    @property
    def most(self) -> float:
        """The sum with the most workers."""
        return sum(cost.most for cost in self.costs)

    def lines(self) -> Sequence[str]:
        """Return it as lines for people."""
        rows = [f"  {cost.what:<52} {cost.least:>10.2f} {cost.most:>10.2f}" for cost in self.costs]
        return [
            f"US dollars a month, at the prices of {self.as_of} in the table; traffic out is not included:",
            f"  {'':<52} {'least':>10} {'most':>10}",
            *rows,
            f"  {'sum':<52} {self.least:>10.2f} {self.most:>10.2f}",
        ]


def estimate(
    region: str, parameters: Mapping[str, str], *, pages: int, gigabytes: int, table: Path = PRICES
) -> Estimate:
    """Return the estimate for so many pages a month, and so many gigabytes kept. Raises ``PriceUnknown``."""
    read = json.loads(table.read_text())
    prices: Mapping[str, Any] | None = read["regions"].get(region)
    if prices is None:
        msg = f"The table of prices {table} has no region {region}; add it, or name another table with --prices."
        raise PriceUnknown(msg)

    def hourly(kind: str, machine: str) -> float:
        try:
            return float(prices[kind][machine]) * _HOURS
        except KeyError:
            msg = f"The table of prices {table} has no price of {machine} in {region}; add it, or name another table."
            raise PriceUnknown(msg) from None

    api, least, most = (int(parameters[name]) for name in ("ApiInstances", "WorkersLeast", "WorkersMost"))
    beside = float(_DISK_GB * prices["disk_gb_month"] + prices["address_hour"] * _HOURS)
    worker = hourly("instance_hour", parameters["WorkerInstanceTypes"].split(",")[0])
    steady = int(parameters["WorkersOnDemand"])

    share = float(prices["spot_share"])

    def workers(number: int) -> float:
        on_demand = min(steady, number)
        return number * beside + worker * (on_demand + (number - on_demand) * share)

    copies = 2 if parameters["DatabaseMultiAz"] == "true" else 1
    database = hourly("database_hour", parameters["DatabaseInstanceType"])
    storage = int(parameters["DatabaseStorageGb"]) * prices["database_gb_month"]
    requests = pages * (
        _BUCKET_REQUESTS / 2 * (prices["bucket_1000_puts"] + prices["bucket_1000_gets"]) / 1000
        + (_QUEUE_REQUESTS * prices["queue_million"] + _TABLE_WRITES * prices["table_million_writes"]) / 1_000_000
    )
    figures = _PUBLICATIONS / 1000 * prices["figures_1000"]
    watching = _METRICS * prices["metric_month"] + _ALARMS * prices["alarm_month"] + prices["dashboard_month"]

    def same(what: str, cost: float) -> Cost:
        return Cost(what, cost, cost)

    return Estimate(
        read["as_of"],
        (
            same(
                f"API: {api} x {parameters['ApiInstanceType']}",
                api * (hourly("instance_hour", parameters["ApiInstanceType"]) + beside),
            ),
            Cost(f"workers: {least} to {most}, spot beyond {steady}", workers(least), workers(most)),
            same(f"database: {copies} x {parameters['DatabaseInstanceType']}", copies * (database + storage)),
            same("load balancer, with one unit", (prices["balancer_hour"] + prices["balancer_unit_hour"]) * _HOURS),
            same("secrets", _SECRETS * prices["secret_month"]),
            Cost("figures, alarms, dashboard", watching + (api + least) * figures, watching + (api + most) * figures),
            same(f"documents: {gigabytes} GB kept", gigabytes * prices["bucket_gb_month"]),
            same(f"requests of {pages} pages", requests),
        ),
    )
