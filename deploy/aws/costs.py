"""What a stack costs a month, before it is made: a table of prices times the parameters of the template."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from pathlib import Path
from typing import Any, Final

from waiting import Refused

PRICES: Final = Path(__file__).with_name("prices.json")
_HOURS: Final = 730
_DISK_GB: Final = 30
_SECRETS: Final = 5  # four of the template, and RDS's own
_METRICS: Final = 10
_ALARMS: Final = 17  # as many as metrics in them
#: Requests for one page, measured by the tests of costs: to S3 (half of them writes), SQS, and DynamoDB (writes).
_BUCKET_REQUESTS: Final = 3.0
_QUEUE_REQUESTS: Final = 0.35
_TABLE_WRITES: Final = 2.0  # entries of a page, claimed and recognised: batches save requests, and no writes
_PUBLICATIONS: Final = 60 * _HOURS  # of each process


@dataclass(frozen=True, slots=True)
class Cost:
    """One line of the estimate, in US dollars a month; NaN where the table lacks a price of it."""

    what: str
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a stack costs: with the fewest workers, and with the most all month long."""

    as_of: str
    costs: Sequence[Cost]
    #: What no price is known of, in one sentence; empty if every price is known.
    unknown: str

    @property
    def least(self) -> float:
        """The sum of what is known with the fewest workers."""
        return sum(cost.least for cost in self.costs if not isnan(cost.least))

    @property
    def most(self) -> float:
        """The sum of what is known with the most workers."""
        return sum(cost.most for cost in self.costs if not isnan(cost.most))

    def lines(self) -> Sequence[str]:
        """Return it as lines for people; the sentence alone, if nothing is known."""
        if all(isnan(cost.least) for cost in self.costs):
            return [self.unknown]
        total = Cost("sum of what is known" if self.unknown else "sum", self.least, self.most)
        return [
            f"US dollars a month, at the prices of {self.as_of} in the table; traffic out is not included:",
            f"  {'':<52} {'least':>10} {'most':>10}",
            *(f"  {one.what:<52} {_shown(one.least)} {_shown(one.most)}" for one in (*self.costs, total)),
            *filter(None, [self.unknown]),
        ]


def _shown(amount: float) -> str:
    return f"{'unknown':>10}" if isnan(amount) else f"{amount:>10.2f}"


class _Prices:
    """The prices of a region. One that is missing is NaN, so it makes everything unknown that is computed of it."""

    def __init__(self, prices: Mapping[str, Any]) -> None:
        self._prices = prices
        self.missing: list[str] = []

    def __call__(self, kind: str, machine: str | None = None) -> float:
        try:
            return float(self._prices[kind] if machine is None else self._prices[kind][machine])
        except (KeyError, TypeError, ValueError):
            self.missing.append(machine or kind)
            return nan


def estimate(
    region: str, parameters: Mapping[str, str], *, pages: int, gigabytes: int, table: Path = PRICES
) -> Estimate:
    """Return the estimate for so many pages a month, and so many gigabytes kept.

    A price that the table lacks is told, and not guessed. Raises ``Refused`` if the table cannot be read.
    """
    as_of, regions = _read(table)
    price = _Prices(regions.get(region, {}))
    api, least, most = (int(parameters[name]) for name in ("ApiInstances", "WorkersLeast", "WorkersMost"))
    beside = _DISK_GB * price("disk_gb_month")
    if parameters["PublicAddresses"] == "true":
        beside += price("address_hour") * _HOURS
    machine, kind = parameters["ApiInstanceType"], parameters["DatabaseInstanceType"]
    worker = price("instance_hour", parameters["WorkerInstanceTypes"].split(",")[0]) * _HOURS
    steady, share = int(parameters["WorkersOnDemand"]), price("spot_share")

    def workers(number: int) -> float:
        on_demand = min(steady, number)
        return number * beside + worker * (on_demand + (number - on_demand) * share)

    copies = 2 if parameters["DatabaseMultiAz"] == "true" else 1
    database = price("database_hour", kind) * _HOURS
    storage = int(parameters["DatabaseStorageGb"]) * price("database_gb_month")
    requests = pages * (
        _BUCKET_REQUESTS / 2 * (price("bucket_1000_puts") + price("bucket_1000_gets")) / 1000
        + (_QUEUE_REQUESTS * price("queue_million") + _TABLE_WRITES * price("table_million_writes")) / 1_000_000
    )
    figures = _PUBLICATIONS / 1000 * price("figures_1000")
    watching = _METRICS * price("metric_month") + _ALARMS * price("alarm_month") + price("dashboard_month")

    def same(what: str, cost: float) -> Cost:
        return Cost(what, cost, cost)

    costs = (
        same(f"API: {api} x {machine}", api * (price("instance_hour", machine) * _HOURS + beside)),
        Cost(f"workers: {least} to {most}, spot beyond {steady}", workers(least), workers(most)),
        same(f"database: {copies} x {kind}", copies * (database + storage)),
        same("load balancer, with one unit", (price("balancer_hour") + price("balancer_unit_hour")) * _HOURS),
        same("secrets", _SECRETS * price("secret_month")),
        Cost("figures, alarms, dashboard", watching + (api + least) * figures, watching + (api + most) * figures),
        same(f"documents: {gigabytes} GB kept", gigabytes * price("bucket_gb_month")),
        same(f"requests of {pages} pages", requests),
    )
    return Estimate(as_of, costs, _told(table, region, price.missing if region in regions else None))


def _read(table: Path) -> tuple[str, Mapping[str, Mapping[str, Any]]]:
    """Return the day of the table, and its prices by region."""
    try:
        read = json.loads(table.read_text())
        return str(read["as_of"]), {region: dict(prices) for region, prices in read["regions"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        msg = f"The table of prices {table} cannot be used; it must be a file of the form of {PRICES}."
        raise Refused(msg) from error


def _told(table: Path, region: str, missing: Sequence[str] | None) -> str:
    """Return what is not known, and what to do; ``missing`` is None if nothing is known of the region."""
    if missing is not None and not missing:
        return ""
    what = "no prices" if missing is None else f"no price of {', '.join(dict.fromkeys(missing))}"
    begin = "What it costs is not known: the" if missing is None else "The"
    own = "--prices names a table of your own, of the same form."
    return f"{begin} table of prices {table} has {what} in {region}; {own}"
