"""Print what so many workers do, which limit comes first, and what a million pages cost; ``--keep`` writes the page.

Usage: capacity.py [--inputs FILE] [--keep]. All figures come from one file, ``bench/capacity.toml``, and from the table
of prices that it names. The same files give the same bytes in ``docs/capacity.md`` and ``docs/capacity.svg``.
"""

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import draw_capacity
from capacity_model import (
    Check,
    Database,
    Deployment,
    Fees,
    Limits,
    Machine,
    Outcome,
    PageCosts,
    Point,
    ProcessCosts,
    cells_for,
    check_cost,
    check_pace,
    outcome,
    walls,
)

ROOT: Final = Path(__file__).resolve().parents[1]
INPUTS: Final = ROOT / "bench" / "capacity.toml"
PAGE: Final = ROOT / "docs" / "capacity.md"
PICTURE: Final = ROOT / "docs" / "capacity.svg"
_T = TypeVar("_T")
_MONTH_HOURS: Final = 730
#: What is compared.
_PACE: Final = "pages a second"
COMPARED: Final = (_PACE, "time of the database")
#: Walls that a shelf has; the others are of AWS.
_SHELF_WALLS: Final = (
    "processor of the database",
    "connections of the database",
    "locks of jobs",
    "figures of the fleet",
)
#: A part of the page that this program writes: its name, and what is between the marks.
PART: Final = re.compile(r"(<!-- begin ([a-z ]+) -->\n).*?(<!-- end -->\n)", re.DOTALL)
#: Wall -> how it is moved.
MOVED_BY: Final[Mapping[str, str]] = {
    "processor of the database": "a larger machine, then cells",
    "connections of the database": "`max_connections`, or larger workers: connections grow less than slots; then cells",
    "log of the database": "faster storage, then cells",
    "messages in flight": "AWS raises it on request; cells have a queue each",
    "writes to the bucket": "S3 divides a prefix by itself under steady load; cells have a bucket each",
    "audit log": "AWS raises it on request; cells have a table each",
    "relay of the audit log": "cells; within one, relays share thirty-two batches out",
    "locks of jobs": "more jobs at a time: this wall is about the pages of one job, and cells do not move it",
    "figures of the fleet": "cells; within one, a query that sums the reports",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known about the errors of the model in one series."""

    series: str
    #: ``pages a second`` or ``time of the database``.
    of: str
    #: The most that the model is off.
    bound: float
    why: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the file says."""

    sizes: Sequence[int]
    #: Name of a design -> the deployment, with as many cells as it has, or None: as many as the workers need.
    designs: Mapping[str, tuple[Deployment, int | None]]
    #: What a shelf has: one database, a folder, and its costs from a measured series.
    shelf: Deployment
    shelf_sizes: Sequence[int]
    #: Processors of the machine that the points were measured on.
    cores: int
    #: Name of a series -> its points.
    series: Mapping[str, Sequence[Point]]
    verdicts: Sequence[Verdict]
    priced: str

    def outcomes(self, name: str) -> Sequence[Outcome]:
        """Return what a design does at each size."""
        deployment, cells = self.designs[name]
        return [outcome(replace(deployment, cells=cells or cells_for(deployment, size)), size) for size in self.sizes]

    def checks(self) -> Iterator[tuple[Verdict, Sequence[Check]]]:
        """Yield the comparisons of model and measure, each with what is known about its errors."""
        for verdict in self.verdicts:
            points = self.series[verdict.series]
            yield verdict, check_pace(points, self.cores) if verdict.of == _PACE else check_cost(points)


def read(path: Path = INPUTS) -> Inputs:
    """Return the inputs of a file."""
    return parse(path.read_text(), path.parent)


def parse(text: str, folder: Path) -> Inputs:
    """Return the inputs that a text has, whose paths begin at ``folder``.

    Raises ``KeyError`` or ``TypeError`` for a figure that is missing or unknown.
    """
    told = tomllib.loads(text)
    table = json.loads((folder / told["prices"]["file"]).read_text())
    region = told["prices"]["region"]
    prices = table["regions"][region]
    network, page = told["network"], dict(told["page"])
    trips, flushes, claim = (page.pop(name) for name in ("locked_round_trips", "locked_commits", "claim_round_trips"))
    page["lock_ms"] = trips * network["round_trip_ms"] + flushes * network["flush_ms"]
    page["claim_ms"] = claim * network["round_trip_ms"] + network["flush_ms"]
    beside = (told["worker"]["disk_gb"] * prices["disk_gb_month"]) / _MONTH_HOURS + prices["address_hour"]

    def machine(of: Mapping[str, Any], share: float) -> Machine:
        return Machine(of["machine"], of["cores"], prices["instance_hour"][of["machine"]] * share + beside)

    limits = dict(told["limits"])
    common = Deployment(
        page=_of(PageCosts, page),
        process=_of(ProcessCosts, told["process"]),
        worker=machine(told["worker"], prices["spot_share"] if told["worker"]["spot"] else 1.0),
        api=machine(told["api"], 1.0),
        api_connections=told["api"]["connections"],
        database=_database(told["design"][0]["database"], prices, told["database"]),
        limits=_of(Limits, limits),
        fees=Fees(
            bucket_write=prices["bucket_1000_puts"] / 1000,
            bucket_read=prices["bucket_1000_gets"] / 1000,
            queue_request=prices["queue_million"] / 1e6,
            audit_write=prices["table_million_writes"] / 1e6,
            gigabyte_month=prices["bucket_gb_month"],
            steady_hourly=prices["balancer_hour"] + prices["balancer_unit_hour"],
        ),
    )
    designs = {
        one["name"]: (
            replace(common, database=_database(one["database"], prices, told["database"])),
            None if one["cells"] == "as needed" else one["cells"],
        )
        for one in told["design"]
    }
    measured = told["measured"]
    series = {
        name: [_of(Point, {key: point[key] for key in _names(Point)}) for point in points]
        for name, points in measured["series"].items()
    }
    priced = f"{region}, list prices of {table['as_of']}"
    verdicts = [_of(Verdict, one) for one in measured["verdicts"]]
    if wrong := {one.of for one in verdicts} - {*COMPARED}:
        msg = f"There is nothing to compare that is called {', '.join(sorted(wrong))}."
        raise KeyError(msg)
    shelf = dict(told["shelf"])
    sizes, costs = shelf.pop("sizes"), measured["series"][shelf.pop("series")]
    on_shelf = _on_a_shelf(common, costs, **shelf)
    return Inputs(told["sizes"], designs, on_shelf, sizes, measured["cores"], series, verdicts, priced)


def _on_a_shelf(
    common: Deployment, points: Sequence[Mapping[str, float]], *, cores: int, max_connections: int
) -> Deployment:
    """Return a deployment without services of AWS; every cost of a page is that of the dearest point of a series.

    What processes ask for without pages is in these costs: it was measured with them.
    """
    dearest = {
        name: max(point[name] for point in points)
        for name in ("worker_ms", "database_ms", "statements", "commits", "log_bytes")
    }
    connections = max(point["connections"] / point["workers"] for point in points)
    no_limit = float("inf")
    return replace(
        common,
        page=replace(common.page, **dearest),
        process=ProcessCosts(database_ms=0, statements=0, commits=0, connections=connections, messages=0.001),
        database=Database(Machine("measured", cores, 0), max_connections, no_limit),
        limits=replace(
            common.limits,
            bucket_writes_per_second=no_limit,
            messages_in_flight=no_limit,
            audit_writes_per_second=no_limit,
            relayed_per_second=no_limit,
        ),
    )


def _names(kind: type) -> set[str]:
    return {field.name for field in fields(kind)}


def _of(kind: type[_T], values: Mapping[str, Any]) -> _T:
    return kind(**values)


def _database(of: Mapping[str, Any], prices: Mapping[str, Any], common: Mapping[str, Any]) -> Database:
    """Return a database with its price: machine and storage, twice with a second zone."""
    hourly = prices["database_hour"][of["price_of"]] * of["times"]
    hourly += common["storage_gb"] * prices["database_gb_month"] / _MONTH_HOURS
    connections = min(common["most_connections"], int(of["memory_gib"] * 2**30 / common["bytes_a_connection"]))
    machine = Machine(of["machine"], of["cores"], hourly * common["copies"])
    return Database(machine, connections, common["log_bytes_per_second"])


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---:" if number else "---" for number in range(len(heads))], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def shown(value: float) -> str:
    """Return a figure with two significant digits, and all before the point."""
    digits = float(f"{value:.2g}")
    return f"{digits:,.0f}" if digits >= 10 else f"{digits:g}"  # noqa: PLR2004 - two digits


def _part(use: float) -> str:
    return f"{use:.0%}" if use < 1 else f"{shown(use)} x"


def _sizes(inputs: Inputs, name: str) -> str:
    heads = (
        *("workers", "cells", "pages/s", "s/page", "database", "statements/s", "commits/s", "SQS/s", "S3/s", "audit/s"),
        *("API", "$/million", "first wall"),
    )
    rows = [
        [
            *(f"{one.workers:,}", str(one.cells), shown(one.pages_per_second), shown(one.seconds_per_page)),
            *(f"{one.database_use:.0%}", shown(one.statements), shown(one.commits), shown(one.queue_requests)),
            *(shown(one.bucket_requests), shown(one.audit_writes), str(one.api_machines)),
            *(shown(one.dollars_per_million), f"{one.first_wall.name}: {_part(one.first_use)}"),
        ]
        for one in inputs.outcomes(name)
    ]
    return _table(heads, rows)


def _walls(inputs: Inputs) -> str:
    """Return the table of walls of one cell, in the order of the first design."""
    names = list(inputs.designs)
    reached = {
        name: {wall.name: wall for wall in walls(replace(deployment, cells=1))}
        for name, (deployment, _) in inputs.designs.items()
    }
    columns = [name for name in names if inputs.designs[name][1] is not None]
    rows = [
        [
            wall.name,
            f"{shown(wall.each)} {wall.unit}",
            *(
                f"{shown(reached[name][wall.name].limit)}: {shown(reached[name][wall.name].reached_at)}"
                for name in columns
            ),
            MOVED_BY[wall.name],
        ]
        for wall in walls(inputs.designs[columns[0]][0])
    ]
    return _table(("wall", "a worker asks for", *(f"{name}: limit, workers" for name in columns), "moved by"), rows)


def _shelf(inputs: Inputs) -> str:
    heads = ("workers", "pages/s", "s/page", "database", "statements/s", "commits/s", "connections", "first wall")
    rows = []
    own = [wall for wall in walls(inputs.shelf) if wall.name in _SHELF_WALLS]
    for size in inputs.shelf_sizes:
        one = outcome(inputs.shelf, size)
        connections = size * inputs.shelf.process.connections + inputs.shelf.api_connections
        rows.append(
            [
                *(f"{size:,}", shown(one.pages_per_second), shown(one.seconds_per_page), f"{one.database_use:.0%}"),
                *(shown(one.statements), shown(one.commits), shown(connections)),
                f"{own[0].name}: {_part(own[0].use(size))}",
            ]
        )
    return _table(heads, rows)


def _checks(inputs: Inputs) -> str:
    found = list(inputs.checks())
    numbers = sorted({check.workers for _, checks in found for check in checks})
    rows = []
    for verdict, checks in found:
        by = {check.workers: check for check in checks}
        cells = [
            f"{by[number].measured:.2f} / {by[number].computed:.2f} ({by[number].error:+.0%})" if number in by else ""
            for number in numbers
        ]
        rows.append([f"{verdict.of}: {verdict.series}", *cells, verdict.why])
    return _table(("measured / model (error)", *(f"{number}" for number in numbers), "why"), rows)


def parts(inputs: Inputs) -> Mapping[str, str]:
    """Return the parts of the page that are computed, by name."""
    designs = {f"design {'abc'[number]}": _sizes(inputs, name) for number, name in enumerate(inputs.designs)}
    others = {"shelf": _shelf(inputs), "walls": _walls(inputs), "checks": _checks(inputs)}
    return {**designs, **others, "priced": f"Prices: {inputs.priced}.\n"}


def page(text: str, inputs: Inputs) -> str:
    """Return the page with its computed parts. Raises ``KeyError`` for a part that there is not."""
    made = parts(inputs)
    return PART.sub(lambda found: f"{found[1]}{made[found[2]]}{found[3]}", text)


def picture(inputs: Inputs) -> str:
    """Return the picture of the page, as SVG."""
    sizes = [round(10 ** (step / 8)) for step in range(33)]
    lines = {}
    for name, (deployment, cells) in inputs.designs.items():
        each = [outcome(replace(deployment, cells=cells or cells_for(deployment, size)), size) for size in sizes]
        lines[name] = [(one.workers, one.pages_per_second) for one in each]
    free = next(iter(inputs.designs.values()))[0].free_rate
    marks = [
        (wall.reached_at, wall.reached_at * free, f"{wall.name}, {shown(wall.reached_at)} workers")
        for wall in [walls(deployment)[0] for deployment, cells in inputs.designs.values() if cells is not None]
    ]
    return draw_capacity.picture(free, lines, marks)


def main() -> int:
    """Print the tables, or write the page and its picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=Path, default=INPUTS)
    parser.add_argument("--keep", action="store_true", help="write docs/capacity.md and docs/capacity.svg")
    options = parser.parse_args()
    inputs = read(options.inputs)
    if options.keep:
        PAGE.write_text(page(PAGE.read_text(), inputs))
        PICTURE.write_text(picture(inputs))
        return 0
    for name, text in zip(
        [*inputs.designs, "on a shelf", "Walls of one cell", "Model and measure", ""],
        parts(inputs).values(),
        strict=True,
    ):
        print(f"{name}\n\n{text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
