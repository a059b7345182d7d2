"""How many pages a second so many workers read, what that asks of everything else, and which limit comes first.

**The queue.** A slot of a worker goes round: it reads a page on its own core, then asks the database to claim and to
commit. So the slots are the customers of one station, the database, which has ``c`` cores; the time on their own cores
is the time between two requests. This is the machine-repairman model (M/M/c//N). For exponential times its answer is
exact, and for others it is close: it has the straight line at the left, the ceiling at the right, and the bend between
them. Slots commit while they go on with the next page, so the bend of the real service is a little sharper.

**The walls.** Everything else has a limit and no queue that is worth a model: connections, messages in flight, requests
a second. What workers ask for grows in proportion to their number, so each wall has a number of workers at which it is
reached. The lowest one is the first wall.

All of it is arithmetic on figures in one file; nothing here reads a clock, a file or the network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_HOUR: Final = 3600
_MONTH: Final = 730 * _HOUR
#: The part of its ceiling that a service is planned for, and that latencies are given at.
PLANNED: Final = 0.7


@dataclass(frozen=True, slots=True)
class PageCosts:
    """What one page asks for, from its submission until it is done; ``_ms`` is processor time."""

    engine_seconds: float
    #: How long its slot waits for the answers to a claim.
    claim_ms: float
    worker_ms: float
    api_ms: float
    database_ms: float
    statements: float
    commits: float
    log_bytes: float
    #: How long the row of its job is locked.
    lock_ms: float
    bucket_writes: float
    bucket_reads: float
    queue_requests: float
    audit_writes: float
    stored_bytes: float


@dataclass(frozen=True, slots=True)
class ProcessCosts:
    """What a worker process asks for in a minute if it has nothing to do, and what it holds."""

    database_ms: float
    statements: float
    commits: float
    connections: float
    #: Messages for each slot that are received and not deleted.
    messages: float


@dataclass(frozen=True, slots=True)
class Machine:
    """A kind of machine and its price in US dollars an hour, all included."""

    name: str
    cores: int
    hourly: float


@dataclass(frozen=True, slots=True)
class Database:
    """The database of one cell."""

    machine: Machine
    connections: int
    log_bytes_per_second: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What the other services allow."""

    bucket_writes_per_second: float
    messages_in_flight: float
    audit_writes_per_second: float
    #: Entries of the audit log that leave the outbox in a second, however many processes relay them.
    relayed_per_second: float
    workers_in_figures: float
    #: Jobs that are open at the same time.
    open_jobs: float


@dataclass(frozen=True, slots=True)
class Fees:
    """US dollars for what is paid by use, and what is there however little is read."""

    bucket_write: float
    bucket_read: float
    queue_request: float
    audit_write: float
    gigabyte_month: float
    steady_hourly: float


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment without its number of workers."""

    page: PageCosts
    process: ProcessCosts
    worker: Machine
    api: Machine
    api_connections: int
    database: Database
    limits: Limits
    fees: Fees
    #: Databases, each with a queue, a bucket prefix, and its share of the workers; jobs are spread over them by id.
    cells: int = 1

    @property
    def page_seconds(self) -> float:
        """How long a page keeps a slot of a worker, if the database answers at once."""
        return self.page.engine_seconds + (self.page.worker_ms + self.page.claim_ms) / 1000

    @property
    def free_rate(self) -> float:
        """Pages a second of one worker that waits for nobody."""
        return self.worker.cores / self.page_seconds


@dataclass(frozen=True, slots=True)
class Wall:
    """A limit: what one worker asks for, what there is, and what else asks for it."""

    name: str
    unit: str
    each: float
    limit: float
    beside: float = 0

    @property
    def reached_at(self) -> float:
        """The number of workers that ask for all of it."""
        return max(0.0, self.limit - self.beside) / self.each

    def use(self, workers: float) -> float:
        """Return what so many workers ask for, as a part of what there is; above 1 the wall is passed."""
        return (workers * self.each + self.beside) / self.limit


@dataclass(frozen=True, slots=True)
class Outcome:
    """What so many workers do."""

    workers: int
    cells: int
    pages_per_second: float
    #: From the claim of a page until it is done, at 70 % of the pages a second.
    seconds_per_page: float
    #: Of all cells together.
    statements: float
    commits: float
    #: The part of the databases' processors that is used.
    database_use: float
    queue_requests: float
    bucket_requests: float
    audit_writes: float
    api_machines: int
    dollars_per_million: float
    first_wall: Wall
    #: What the workers ask of the first wall, as a part of what there is.
    first_use: float


def throughput(customers: int, think: float, service: float, servers: float) -> tuple[float, float]:
    """Return what a station of ``servers`` finishes in a second, and how long one request stays there.

    ``think`` and ``service`` are means in seconds; ``servers`` may be a fraction, as if each were slower. Without
    customers nothing is finished, and without servers nobody ever is.
    """
    if customers < 1:
        return 0.0, service
    if servers <= 0:
        return 0.0, float("inf")
    whole = max(1, round(servers))
    pace = service * whole / servers
    if think == 0:
        rate = min(customers, whole) / pace
        return rate, customers / rate
    # Probabilities of k requests at the station, each from the one before; they are scaled so that none overflows.
    weights, weight = [1.0], 1.0
    for present in range(1, customers + 1):
        weight *= (customers - present + 1) * pace / think / min(present, whole)
        weights.append(weight)
        if weight > 1e200:  # noqa: PLR2004 - far from the largest number
            weights = [one / weight for one in weights]
            weight = 1.0
    total = sum(weights)
    there = sum(number * one for number, one in enumerate(weights)) / total
    rate = (customers - there) / think
    return rate, there / rate


def waiting(load: float, service: float, servers: int) -> float:
    """Return the mean wait before a station of ``servers`` (M/M/c), in seconds; ``load`` is requests a second."""
    offered = load * service
    if offered >= servers:
        return float("inf")
    blocked = 1.0  # Erlang B, server by server
    for number in range(1, servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    queued = blocked / (1 - offered / servers * (1 - blocked))
    return queued * service / (servers - offered)


def walls(deployment: Deployment) -> Sequence[Wall]:
    """Return every limit, with the number of workers of all cells at which it is reached, lowest first."""
    page, process, limits, cells = deployment.page, deployment.process, deployment.limits, deployment.cells
    rate, slots, database = deployment.free_rate, deployment.worker.cores, deployment.database
    found = [
        Wall(
            "processor of the database",
            "cores",
            rate * page.database_ms / 1000 + process.database_ms / 1000 / 60,
            cells * database.machine.cores,
        ),
        Wall(
            "connections of the database",
            "connections",
            process.connections,
            cells * database.connections,
            cells * deployment.api_connections,
        ),
        Wall("log of the database", "bytes a second", rate * page.log_bytes, cells * database.log_bytes_per_second),
        Wall("messages in flight", "messages", slots * process.messages, cells * limits.messages_in_flight),
        Wall(
            "writes to the bucket",
            "requests a second",
            rate * page.bucket_writes,
            cells * limits.bucket_writes_per_second,
        ),
        Wall("audit log", "writes a second", rate * page.audit_writes, cells * limits.audit_writes_per_second),
        Wall(
            "relay of the audit log",
            "entries a second",
            rate * page.audit_writes,
            cells * limits.relayed_per_second,
        ),
        Wall("locks of jobs", "open jobs", rate * page.lock_ms / 1000, limits.open_jobs),
        Wall("figures of the fleet", "workers", 1, cells * limits.workers_in_figures),
    ]
    return sorted(found, key=lambda wall: wall.reached_at)


#: Walls that end the service of further workers, and of further pages; the last one of all is about figures alone.
_CROWDS: Final = ("connections of the database", "messages in flight")
_STREAMS: Final = ("log of the database", "writes to the bucket", "audit log", "locks of jobs")


def outcome(deployment: Deployment, workers: int) -> Outcome:
    """Return what so many workers do, spread evenly over the cells, if there is always enough to read."""
    page, process, cells = deployment.page, deployment.process, deployment.cells
    limits = {wall.name: wall.reached_at for wall in walls(deployment)}
    admitted = min(workers, *(limits[name] for name in _CROWDS))
    slots = int(admitted * deployment.worker.cores / cells)
    cores = deployment.database.machine.cores
    idle = admitted / cells * process.database_ms / 1000 / 60  # what processes ask for that have nothing to do
    service = page.database_ms / 1000
    found, _ = throughput(slots, deployment.page_seconds, service, cores - idle)
    streams = min(limits[name] for name in _STREAMS) * deployment.free_rate
    rate = min(found * cells, streams)
    planned = PLANNED * rate / cells
    slot = waiting(planned, deployment.page_seconds, max(1, slots))
    database = waiting(planned, service * cores / max(cores - idle, 0.001), cores) + service
    machines = max(1, -int(-rate * page.api_ms / 1000 / deployment.api.cores / PLANNED // 1))
    first = walls(deployment)[0]
    return Outcome(
        workers=workers,
        cells=cells,
        pages_per_second=rate,
        seconds_per_page=slot + deployment.page_seconds + database,
        statements=rate * page.statements + admitted * process.statements / 60,
        commits=rate * page.commits + admitted * process.commits / 60,
        database_use=min(1.0, (rate / cells * service + idle) / cores),
        queue_requests=rate * page.queue_requests,
        bucket_requests=rate * (page.bucket_writes + page.bucket_reads),
        audit_writes=rate * page.audit_writes,
        api_machines=machines,
        dollars_per_million=_dollars(deployment, workers, machines, rate),
        first_wall=first,
        first_use=first.use(workers),
    )


def _dollars(deployment: Deployment, workers: int, machines: int, rate: float) -> float:
    """Return the price of a million pages: machines by the hour, requests by the page, a month of storage."""
    if rate == 0:
        return float("inf")
    page, fees = deployment.page, deployment.fees
    hourly = (
        workers * deployment.worker.hourly
        + machines * deployment.api.hourly
        + deployment.cells * deployment.database.machine.hourly
        + fees.steady_hourly
    )
    each = (
        page.bucket_writes * fees.bucket_write
        + page.bucket_reads * fees.bucket_read
        + page.queue_requests * fees.queue_request
        + page.audit_writes * fees.audit_write
        + page.stored_bytes / 1e9 * fees.gigabyte_month
    )
    return (hourly / (rate * _HOUR) + each) * 1_000_000


def cells_for(deployment: Deployment, workers: int) -> int:
    """Return the fewest cells in which so many workers ask for at most 70 % of everything that cells multiply."""
    alone = [wall for wall in walls(deployment) if wall.name != "locks of jobs"]
    return max(1, *(-int(-wall.use(workers) / PLANNED // 1) for wall in alone))


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured with so many worker processes on one machine; ``_ms`` is processor time of a page."""

    workers: int
    slots: int
    wait: float
    pages_per_second: float
    worker_ms: float
    database_ms: float
    #: Processors that workers and database had.
    cores: float


@dataclass(frozen=True, slots=True)
class Check:
    """A measured ratio to the first point of a series, and the model's."""

    workers: int
    measured: float
    computed: float

    @property
    def error(self) -> float:
        """How far the model is off, as a part of what was measured; above 0 it promises too much."""
        return self.computed / self.measured - 1


def check_pace(points: Sequence[Point], cores: int) -> Sequence[Check]:
    """Compare pages a second of workers that wait with the model, as ratios to the first point.

    All processes share ``cores``, so the station is the machine itself, and what a page asks of it is taken from the
    first point.
    """
    first = points[0]
    service = (first.worker_ms + first.database_ms) / 1000
    computed = [throughput(point.workers * point.slots, point.wait, service, cores)[0] for point in points]
    return [
        Check(point.workers, point.pages_per_second / first.pages_per_second, rate / computed[0])
        for point, rate in zip(points, computed, strict=True)
    ]


def check_cost(points: Sequence[Point]) -> Sequence[Check]:
    """Compare what the database spends on a page with the model, in which it does not depend on the workers."""
    first = points[0]
    return [Check(point.workers, point.database_ms / first.database_ms, 1.0) for point in points]


def machine_of(name: str, cores: int, prices: Mapping[str, float], *, beside: float = 0, share: float = 1) -> Machine:
    """Return a machine with its price: ``prices`` by the hour, times ``share``, and what it needs ``beside``."""
    return Machine(name, cores, prices[name] * share + beside)
