"""The time of a page of a list when the table is a thousand times as long."""

import io
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Final

import httpx
import sqlalchemy as sa

import pictures
from entrypoints.settings import Settings
from nothing import service_of_nothing
from ocrcore import LOCAL_OWNER, Upload
from report import Figure, Table, at_most
from serving import serving

_JOBS: Final = 100
_SHORT: Final = 10
_LONG: Final = 10_000
_REQUESTS: Final = 300

_FILL: Final = """
    INSERT INTO job_items ({columns})
    WITH RECURSIVE positions(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM positions WHERE n < {pages} - 1)
    SELECT {values} FROM job_items CROSS JOIN positions WHERE position = 0
"""


def _fill(folder: Path, pages: int) -> None:
    """Submit jobs of one page each, then give each job ``pages`` items by copying the row of its first."""
    with service_of_nothing(Settings(data_dir=folder)) as service:
        for number in range(_JOBS):
            service.of(LOCAL_OWNER).submit([Upload(f"{number}.png", io.BytesIO(pictures.png("ALPHA")))])
    engine = sa.create_engine(f"sqlite:///{folder / 'ocr.sqlite3'}")
    with engine.begin() as connection:
        columns = [column["name"] for column in sa.inspect(connection).get_columns("job_items")]
        other = {"id": "substr(id, 1, 24) || printf('%012x', n)", "position": "n"}
        values = [other.get(name, name) for name in columns]
        connection.exec_driver_sql(_FILL.format(columns=", ".join(columns), values=", ".join(values), pages=pages))
        connection.exec_driver_sql("UPDATE jobs SET total = ?, pending = ?", (pages, pages))
    engine.dispose()


def _pages_of(client: httpx.Client, jobs: list[str]) -> dict[str, Callable[[], object]]:
    """Return the measured requests: the newest jobs, the first items of a job, and the next ones."""
    items = f"/jobs/{jobs[-1]}/items?limit={_SHORT // 2}"
    cursor = client.get(items).raise_for_status().json()["next_cursor"]
    return {
        "jobs": lambda: client.get("/jobs?limit=50").raise_for_status(),
        "a job's items": lambda: client.get(items).raise_for_status(),
        "a job's items, the next page": lambda: client.get(f"{items}&cursor={cursor}").raise_for_status(),
    }


def _milliseconds(request: Callable[[], object]) -> float:
    began = time.perf_counter()
    request()
    return (time.perf_counter() - began) * 1000


def lists() -> Table:
    """Measure the lists."""
    with tempfile.TemporaryDirectory() as root, ExitStack() as stack:
        asked = []
        for pages in (_SHORT, _LONG):
            folder = Path(root) / str(pages)
            _fill(folder, pages)
            address = stack.enter_context(serving(folder, "--slots", "0"))
            client = stack.enter_context(httpx.Client(base_url=f"{address}/api/v1"))
            jobs = [job["id"] for job in client.get("/jobs?limit=50").raise_for_status().json()["jobs"]]
            asked.append(_pages_of(client, jobs))
        short, long = asked
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in short}
        for _ in range(_REQUESTS):
            for name, pairs in times.items():
                pairs.append((_milliseconds(short[name]), _milliseconds(long[name])))
    figures = []
    for name, pairs in times.items():
        few, many = (median(column) for column in zip(*pairs, strict=True))
        figures.append(Figure(f"{name}, of {_JOBS * _SHORT:,} items", few, " ms"))
        figures.append(
            Figure(f"{name}, of {_JOBS * _LONG:,} items : of {_JOBS * _SHORT:,}", many / few, " x", at_most(1.2))
        )
    how = (
        f"Over HTTP, two services side by side with {_JOBS} jobs each, of {_SHORT} and of {_LONG:,} items; medians of"
        f" {_REQUESTS} requests to each, in turns."
    )
    return Table("Lists", how, figures)
