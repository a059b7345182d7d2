"""Measure what a page asks of a database server, by real worker processes whose engine waits or does nothing.

Usage: scaling.py [--aws] [--workers 1,2,4,8] [--wait SECONDS] [--pages N] [--idle SECONDS]. Prints one line of TOML for
each number of workers, as ``bench/capacity.toml`` keeps them. All is counted between the first fifth of the pages and
the last: statements and bytes by the server, processor time by the system, of the server and of the workers apart. With
``--aws`` the rest is a stand-in for AWS, whose own processor time is left out; else it is a folder and the database.
"""

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import pymysql

import pictures
from aws_deployment import aws_deployment_on
from entrypoints.backends.parts import init
from entrypoints.settings import Settings, read_settings
from mysql_server import MysqlServer, create_schema, mysql_server
from nothing import service_of_nothing
from ocrcore import LOCAL_OWNER, OcrService, Upload

_WORKER: Final = Path(__file__).with_name("waiting_worker.py")
#: As a server of one's own has them: durable, and large enough that the tables are in memory.
_DURABLE: Final = (
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-buffer-pool-size=512M",
    "--innodb-log-file-size=128M",
    "--max-connections=500",
)
_SCHEMA: Final = "ocr"
_JOB: Final = 100
_STATEMENTS: Final = ("Com_select", "Com_insert", "Com_insert_select", "Com_update", "Com_delete", "Com_replace")
_TICKS: Final = os.sysconf("SC_CLK_TCK")
#: Seconds between two looks at how many pages are done.
_LOOK: Final = 0.25
#: The part of the pages that is left out at either end, while workers begin and end.
_EDGE: Final = 0.2


@dataclass(frozen=True)
class Point:
    """What was measured with so many workers; times in milliseconds of processor time, of a page."""

    workers: int
    slots: int
    wait: float
    pages_per_second: float
    worker_ms: float
    database_ms: float
    #: Processors that all workers and the server had together; the rest was idle or of others.
    cores: float
    statements: float
    commits: float
    log_bytes: float
    #: Connections of all workers, at the end.
    connections: int

    def line(self) -> str:
        """Return it as an inline table of TOML."""
        values = ", ".join(f"{field.name} = {_number(getattr(self, field.name))}" for field in fields(self))
        return f"{{ {values} }},"


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"  # noqa: PLR2004 - as people write them


@dataclass(frozen=True)
class _Reading:
    """Counters at one moment."""

    at: float
    done: int
    statements: int
    commits: int
    log_bytes: int
    database_ticks: int
    worker_ticks: int


class _Gauge:
    """Reads the counters of a server and of processes."""

    def __init__(self, server: MysqlServer, workers: Sequence[int]) -> None:
        self._connection = pymysql.connect(unix_socket=f"{server.folder}/s", user="root", autocommit=True)
        self._server = int((server.folder / "pid").read_text())
        self._workers = workers
        self._own = 0

    def close(self) -> None:
        self._connection.close()

    def done(self) -> int:
        """Return how many pages are done."""
        self._own += 1
        return int(self._rows(f"SELECT COALESCE(SUM(done), 0) FROM {_SCHEMA}.jobs")[0][1])  # noqa: S608 - our own words

    def connections(self) -> int:
        """Return how many connections there are besides this one."""
        return int(dict(self._rows("SHOW GLOBAL STATUS LIKE 'Threads_connected'"))["Threads_connected"]) - 1

    def read(self) -> _Reading:
        """Return the counters now; what was asked here is no part of them."""
        done = self.done()
        status = dict(self._rows("SHOW GLOBAL STATUS"))
        return _Reading(
            time.monotonic(),
            done,
            sum(int(status[name]) for name in _STATEMENTS) - self._own,
            int(status["Com_commit"]),
            int(status["Innodb_lsn_current"]),
            _ticks(self._server),
            sum(_ticks(pid) for pid in self._workers),
        )

    def _rows(self, query: str) -> list[tuple[str, str]]:
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            return [(str(row[0]), str(row[-1])) for row in cursor.fetchall()]


def _ticks(pid: int) -> int:
    """Return the processor time of a process, user and system, in ticks."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(stat[11]) + int(stat[12])


def main() -> None:
    """Print the points."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="ocrcore-scaling-") as name, ExitStack() as stack:
        folder = Path(name)
        server = stack.enter_context(mysql_server(folder / "mysql", *_DURABLE))
        for workers in options.workers:
            with _deployment(server, folder, aws=options.aws) as settings:
                if options.idle:
                    print(_idle(server, workers, options), flush=True)
                else:
                    print(_busy(server, settings, workers, options).line(), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--aws", action="store_true", help="documents, messages and audit log on a stand-in for AWS")
    parser.add_argument("--workers", type=lambda text: [int(one) for one in text.split(",")], default=[1, 2, 4, 8])
    parser.add_argument("--slots", type=int, default=2, help="slots of each worker")
    parser.add_argument("--wait", type=float, default=1.0, help="seconds that the engine waits for a page")
    parser.add_argument("--pages", type=int, default=15, help="pages for each slot")
    parser.add_argument("--idle", type=float, default=0, help="measure so many seconds without pages instead")
    return parser.parse_args()


@contextmanager
def _deployment(server: MysqlServer, folder: Path, *, aws: bool) -> Iterator[Settings]:
    """Yield the settings of an empty deployment, which are in the environment meanwhile."""
    url = create_schema(server, _SCHEMA)
    try:
        if aws:
            with aws_deployment_on(url) as settings:
                yield settings
            return
        data = Path(tempfile.mkdtemp(dir=folder))
        os.environ |= {"OCR_DATABASE_URL": url, "OCR_DATA_DIR": str(data)}
        settings = read_settings()
        init(settings)
        yield settings
    finally:
        server.execute(f"DROP DATABASE `{_SCHEMA}`")


@contextmanager
def _workers(number: int, options: argparse.Namespace) -> Iterator[Sequence[subprocess.Popen[str]]]:
    """Yield workers that have opened the service and have not begun."""
    command = [sys.executable, str(_WORKER), str(options.wait), str(options.slots)]
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
                )
            )
            for _ in range(number)
        ]
        for process in started:
            assert process.stdout is not None  # noqa: S101 - a pipe was asked for
            if process.stdout.readline() != "ready\n":
                msg = "A worker did not start."
                raise RuntimeError(msg)
        yield started


def _go(workers: Sequence[subprocess.Popen[str]]) -> None:
    for process in workers:
        assert process.stdin is not None  # noqa: S101 - a pipe was asked for
        process.stdin.write("go\n")
        process.stdin.flush()


def _submit(service: OcrService, pages: int) -> None:
    picture = pictures.png("ALPHA")
    for begin in range(0, pages, _JOB):
        uploads = [Upload(f"{number}.png", io.BytesIO(picture)) for number in range(begin, min(pages, begin + _JOB))]
        service.of(LOCAL_OWNER).submit(uploads)
    service.upkeep_once()


def _busy(server: MysqlServer, settings: Settings, number: int, options: argparse.Namespace) -> Point:
    """Return what workers measured who had enough to do."""
    pages = number * options.slots * options.pages
    with _workers(number, options) as workers:
        gauge = _Gauge(server, [process.pid for process in workers])
        before, own = gauge.read(), time.process_time()
        with service_of_nothing(settings) as service:
            _submit(service, pages)
        submitted = gauge.read()
        _say("submitted", before, submitted, pages, f", {(time.process_time() - own) * 1000 / pages:.3g} ms of ours")
        _go(workers)
        first = _await(gauge, int(pages * _EDGE))
        last = _await(gauge, int(pages * (1 - _EDGE)))
        connections = gauge.connections()
        _await(gauge, pages)
        gauge.close()
    return _point(number, options, first, last, connections)


def _idle(server: MysqlServer, number: int, options: argparse.Namespace) -> str:
    """Return what a process asks for in a minute that has nothing to do."""
    with _workers(number, options) as workers:
        gauge = _Gauge(server, [process.pid for process in workers])
        _go(workers)
        time.sleep(15)  # the first looks of all
        before = gauge.read()
        time.sleep(options.idle)
        after, connections = gauge.read(), gauge.connections()
        gauge.close()
    minutes = (after.at - before.at) / 60 * number
    figures: Mapping[str, float] = {
        "workers": number,
        "statements": (after.statements - before.statements) / minutes,
        "commits": (after.commits - before.commits) / minutes,
        "database_ms": _ms(after.database_ticks - before.database_ticks) / minutes,
        "worker_ms": _ms(after.worker_ticks - before.worker_ticks) / minutes,
        "connections": connections / number,
    }
    return (
        "{ " + ", ".join(f"{name} = {_number(value)}" for name, value in figures.items()) + " }, # a minute and worker"
    )


def _await(gauge: _Gauge, pages: int) -> _Reading:
    while gauge.done() < pages:
        time.sleep(_LOOK)
    return gauge.read()


def _point(number: int, options: argparse.Namespace, first: _Reading, last: _Reading, connections: int) -> Point:
    pages, seconds = last.done - first.done, last.at - first.at
    worker, database = (
        _ms(last.worker_ticks - first.worker_ticks),
        _ms(last.database_ticks - first.database_ticks),
    )
    return Point(
        workers=number,
        slots=options.slots,
        wait=options.wait,
        pages_per_second=pages / seconds,
        worker_ms=worker / pages,
        database_ms=database / pages,
        cores=(worker + database) / 1000 / seconds,
        statements=(last.statements - first.statements) / pages,
        commits=(last.commits - first.commits) / pages,
        log_bytes=(last.log_bytes - first.log_bytes) / pages,
        connections=connections,
    )


def _say(what: str, before: _Reading, after: _Reading, pages: int, rest: str = "") -> None:
    """Print what was asked of the server for each page, as a comment."""
    print(
        f"# {what}: {(after.statements - before.statements) / pages:.3g} statements,"
        f" {(after.commits - before.commits) / pages:.3g} commits,"
        f" {_ms(after.database_ticks - before.database_ticks) / pages:.3g} ms of the database a page{rest}",
        flush=True,
    )


def _ms(ticks: int) -> float:
    return ticks * 1000 / _TICKS


if __name__ == "__main__":
    main()
