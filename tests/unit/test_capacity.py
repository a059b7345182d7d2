"""The model of capacity: its arithmetic, its measured points, and the page that it writes."""

import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

import capacity
from capacity_model import (
    PLANNED,
    Check,
    Deployment,
    Outcome,
    Wall,
    cells_for,
    check_cost,
    outcome,
    throughput,
    waiting,
    walls,
)

_INPUTS = capacity.read()


@pytest.fixture
def small() -> Deployment:
    """Return the first design: one small database."""
    return next(iter(_INPUTS.designs.values()))[0]


@pytest.mark.parametrize(
    ("customers", "think", "service", "servers", "rate"),
    [
        (1, 0.9, 0.1, 1, 1.0),  # one customer waits for nobody
        (2, 1.0, 1.0, 1, 0.8),  # two, one server: p0 : p1 : p2 = 1 : 2 : 2
        (2, 1.0, 1.0, 2, 1.0),  # two of each: as if alone
        (1000, 1.0, 0.1, 2, 20.0),  # far beyond the ceiling
        (3, 0.0, 0.5, 2, 4.0),  # they think not at all
        (4, 1.0, 1.0, 0.5, 0.4992),  # half a server
        (0, 1.0, 1.0, 1, 0.0),
        (5, 1.0, 1.0, 0, 0.0),
    ],
)
def test_slots_and_a_database_are_machines_and_repairmen(
    customers: int, think: float, service: float, servers: float, rate: float
) -> None:
    assert throughput(customers, think, service, servers)[0] == pytest.approx(rate, rel=1e-3)


def test_forty_thousand_slots_are_computed_as_four_are() -> None:
    rate, stay = throughput(40_000, 0.3, 0.003, 16)
    assert rate == pytest.approx(16 / 0.003, rel=1e-6)
    assert rate * (0.3 + stay) == pytest.approx(40_000)  # Little's law


def test_a_page_waits_as_in_an_open_queue() -> None:
    assert waiting(0.5, 1.0, 1) == pytest.approx(1.0)  # M/M/1
    assert waiting(1.0, 1.0, 2) == pytest.approx(1 / 3)  # M/M/2
    assert waiting(2.0, 1.0, 2) == float("inf")


def test_a_wall_is_reached_where_its_use_is_one() -> None:
    wall = Wall("connections", "", each=4, limit=100, beside=20)
    assert wall.reached_at == 20
    assert wall.use(20) == 1.0
    assert Wall("full already", "", each=1, limit=5, beside=9).reached_at == 0


def test_workers_gain_nothing_behind_the_first_wall(small: Deployment) -> None:
    first = walls(small)[0].reached_at
    before, at, after = (outcome(small, int(first * part)) for part in (0.1, 1, 20))
    assert before.pages_per_second == pytest.approx(int(first * 0.1) * small.free_rate, rel=0.05)
    assert 0.7 * first * small.free_rate < at.pages_per_second < first * small.free_rate
    assert after.pages_per_second <= first * small.free_rate
    assert after.first_wall == before.first_wall
    assert after.dollars_per_million > at.dollars_per_million


def _uses(one: Outcome, small: Deployment) -> list[float]:
    return [wall.use(one.workers) for wall in walls(replace(small, cells=one.cells)) if wall.name != "locks of jobs"]


@pytest.mark.parametrize("workers", [1, 10, 100, 1000, 10_000])
def test_cells_are_as_many_as_it_takes_and_no_more(small: Deployment, workers: int) -> None:
    cells = cells_for(small, workers)
    assert max(_uses(outcome(replace(small, cells=cells), workers), small)) <= PLANNED
    if cells > 1:
        assert max(_uses(outcome(replace(small, cells=cells - 1), workers), small)) > PLANNED


def test_every_wall_says_how_it_is_moved(small: Deployment) -> None:
    assert {wall.name for wall in walls(small)} == set(capacity.MOVED_BY)


def test_the_model_agrees_with_what_was_measured() -> None:
    """By the ratios in the file: nothing is timed here."""
    found = list(_INPUTS.checks())
    assert [check.workers for check in found[0][1]] == [1, 2, 4, 8]
    for verdict, checks in found:
        assert [(verdict.series, check) for check in checks if abs(check.error) > verdict.bound] == []


def test_every_series_is_compared_in_every_way_and_says_why_it_differs() -> None:
    """Those that the model does not fit are shown like the others."""
    found = [(verdict.series, verdict.of) for verdict in _INPUTS.verdicts]
    assert sorted(found) == sorted((name, of) for name in _INPUTS.series for of in capacity.COMPARED)
    assert all(verdict.why for verdict in _INPUTS.verdicts)
    for verdict, checks in _INPUTS.checks():  # a bound that is far from what it bounds says nothing
        assert max(abs(check.error) for check in checks) > verdict.bound / 2


def test_a_page_on_a_shelf_costs_what_the_dearest_point_cost() -> None:
    page, points = _INPUTS.shelf.page, _INPUTS.series["engine waits 1 s, folder and queue in the database"]
    assert (
        page.database_ms
        == max(point.database_ms for point in points)
        > _INPUTS.designs["cells of it, as needed"][0].page.database_ms
    )
    assert page.statements > 18
    assert _INPUTS.shelf.page.engine_seconds == 0.3
    roomy = replace(_INPUTS.shelf, database=replace(_INPUTS.shelf.database, connections=10_000))
    assert outcome(roomy, 1000).pages_per_second == pytest.approx(1000 * 2 / page.database_ms, rel=0.01)
    crowded, full = outcome(_INPUTS.shelf, 1000), outcome(_INPUTS.shelf, 27)  # 26 workers have all connections
    assert crowded.pages_per_second == full.pages_per_second


def test_a_model_that_promises_too_much_is_off_above_zero() -> None:
    assert Check(8, measured=4.0, computed=5.0).error == 0.25
    points = next(iter(_INPUTS.series.values()))
    dearer = [points[0], replace(points[1], database_ms=points[0].database_ms * 2)]
    assert [check.error for check in check_cost(dearer)] == [0.0, -0.5]


def test_a_figure_that_is_missing_or_unknown_is_no_figure() -> None:
    text = capacity.INPUTS.read_text()
    for wrong in (text.replace("\nbucket_writes = ", "\nbucket_write = "), text.replace("round_trip_ms", "trip_ms")):
        assert wrong != text
        assert tomllib.loads(wrong)
        with pytest.raises((KeyError, TypeError)):
            capacity.parse(wrong, capacity.INPUTS.parent)


def test_the_page_has_what_the_program_computes() -> None:
    text = capacity.PAGE.read_text()  # else: python scripts/capacity.py --keep
    assert capacity.page(text, _INPUTS) == text
    assert capacity.PICTURE.read_text() == capacity.picture(_INPUTS)
    assert {name for _, name, _ in capacity.PART.findall(text)} == set(capacity.parts(_INPUTS))


@pytest.mark.parametrize(
    ("value", "text"), [(0.0451, "0.045"), (9.96, "10"), (12.6, "13"), (1234.0, "1,200"), (0, "0")]
)
def test_figures_have_two_digits(value: float, text: str) -> None:
    assert capacity.shown(value) == text


def test_other_figures_give_other_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prices = str(capacity.INPUTS.parent / "../deploy/aws/prices.json")
    slower = capacity.INPUTS.read_text().replace("engine_seconds = 0.30", "engine_seconds = 0.60")
    (tmp_path / "mine.toml").write_text(slower.replace("../deploy/aws/prices.json", prices))
    printed = []
    for arguments in ((), ("--inputs", str(tmp_path / "mine.toml"))):
        monkeypatch.setattr(sys, "argv", ["capacity.py", *arguments])
        assert capacity.main() == 0
        printed.append(capsys.readouterr().out)
    assert "| 1 | 1 | 13 |" in printed[0]
    assert "| 1 | 1 | 6.5 |" in printed[1]
