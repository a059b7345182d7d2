"""A deployment that can be hurt: real processes, a database server, and its parts, all of this machine."""

import random
import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event, RLock, Thread
from typing import Final

import sqlalchemy as sa
from botocore.config import Config

from adapters.aws.clients import AwsClients
from chaos.receivers import Receiver
from chaos.views import AuditTable, Bucket, DynamoTable, Folder, Log, Messages, Objects, QueueTable, TwoQueues
from e2e.house import House, Running
from fauxqs_server import fauxqs_server
from moto_server import SESSION, moto_server
from mysql_server import MysqlServer, create_schema, mysql_server
from ocrcore.testing.patience import FOREVER, eventually
from processes import having, zombies

#: Short, so that what a dead process held comes back within the round; patient with pages, for many workers die.
SETTINGS = {
    "OCR_VISIBILITY_TIMEOUT": "3s",
    "OCR_UPKEEP_PERIOD": "1s",
    "OCR_ITEM_TIMEOUT": "2m",
    "OCR_GRACE": "5s",
    "OCR_MAX_ATTEMPTS": "12",
    "OCR_ALLOW_PRIVATE_WEBHOOKS": "1",
}
GRACE = 5.0


@dataclass(eq=False)
class Member:
    """A process of a deployment."""

    #: ``api`` or ``worker``.
    kind: str
    running: Running

    @property
    def url(self) -> str | None:
        """Where it serves, once it says so and while it lives."""
        found = re.search(r"url=(http://\S+)", self.running.log.read_text())
        return found[1] if found and self.running.process.poll() is None else None


@dataclass
class Deployment:
    """APIs and workers on one database and its parts, and a supervisor that starts anew what ended."""

    house: House
    server: MysqlServer
    environment: dict[str, str]
    engine: sa.Engine
    objects: Objects
    messages: Messages
    log: Log
    #: The receivers of webhooks: two whose moods change, and between them one that is well.
    receivers: Sequence[Receiver]
    _members: list[Member] = field(default_factory=list)
    _lock: RLock = field(default_factory=RLock)
    #: Starts servers: the system ends one with the thread that started it, and this thread lives on.
    _starter: ThreadPoolExecutor = field(default_factory=partial(ThreadPoolExecutor, 1))
    _closing: Event = field(default_factory=Event)
    _supervisor: Thread | None = None

    def open(self, *kinds: str) -> None:
        """Start a process of each kind; from now on one that ends is started anew."""
        self._closing.clear()
        self._supervisor = Thread(target=self._supervise, daemon=True)
        self._supervisor.start()
        for kind in kinds:
            self.start(kind)

    def start(self, kind: str, **settings: str) -> Member:
        """Start one more process, with the deployment's settings unless others are given."""
        arguments = ("serve", "--port", "0", "--slots", "0") if kind == "api" else ("worker", "--slots", "2")
        member = Member(kind, self.house.start(*arguments, **{**self.environment, **settings}))
        with self._lock:
            self._members.append(member)
        return member

    def any(self, kind: str) -> Member | None:
        """Return a process that lives, any of them."""
        with self._lock:
            alive = [one for one in self._members if one.kind == kind and one.running.process.poll() is None]
        return random.choice(alive) if alive else None  # noqa: S311 - mischief is no secret

    def url(self) -> str | None:
        """Return the address of an API that says it serves, any of them."""
        with self._lock:
            urls = [url for one in self._members if one.kind == "api" and (url := one.url) is not None]
        return random.choice(urls) if urls else None  # noqa: S311 - see above

    def restart_database(self) -> None:
        """Start the server, which was ended before."""
        self._starter.submit(self.server.start).result()

    def close(self) -> list[float]:
        """Send SIGTERM to every process, one after the other; return how many seconds each took."""
        self._closing.set()
        if self._supervisor is not None:
            self._supervisor.join()
        took = [one.running.stop() for one in self._members if one.running.process.poll() is None]
        self._members.clear()
        return took

    def abandon(self) -> None:
        """Supervise and start nothing more."""
        self._closing.set()
        self._starter.shutdown(cancel_futures=True)

    def leave(self, member: Member) -> None:
        """Forget a process: what becomes of it is nobody's business any more."""
        with self._lock:
            self._members.remove(member)

    def zombies(self) -> list[int]:
        """Return the children of living processes that stay unreaped; what has just ended is given a moment."""
        parents = having(self.house.root)
        seen = set(zombies(*parents))
        eventually(lambda: seen.isdisjoint(zombies(*parents)))
        return sorted(seen.intersection(zombies(*parents)))

    def sweep(self) -> None:
        """Start and stop one process, which clears away what killed ones have left in the temporary folder."""
        self.house.serve("--slots", "0", **self.environment).stop()

    def _supervise(self) -> None:
        while not self._closing.wait(0.1):
            self._revive()

    def _revive(self) -> None:
        with self._lock:
            ended = [one for one in self._members if one.running.process.poll() is not None]
            for one in ended:
                self._members.remove(one)
        for one in ended:
            self.start(one.kind)


@contextmanager
def _inspectors_clients(endpoint: str, queues: str = "") -> Iterator[AwsClients]:
    """Yield clients that wait as long as a stand-in under load needs; the product's own have less patience."""
    config = Config(read_timeout=FOREVER, s3={"addressing_style": "path"})
    about = partial(SESSION.client, endpoint_url=endpoint, config=config)
    sqs = SESSION.client("sqs", endpoint_url=queues or endpoint, config=config)
    clients = AwsClients(
        s3=about("s3"),
        sqs=sqs,
        sqs_polls=sqs,
        dynamodb=about("dynamodb"),
        sts=about("sts"),
        cloudwatch=about("cloudwatch"),
    )
    yield clients
    clients.close()


@contextmanager
def _aws(engine: sa.Engine) -> Iterator[tuple[dict[str, str], Objects, Messages, Log]]:  # noqa: ARG001 - a row of a table
    own = secrets.token_hex(4)
    with moto_server() as endpoint, _inspectors_clients(endpoint) as clients:
        environment = _as_nobody(endpoint) | {
            "OCR_BACKEND": "aws",
            "OCR_S3_BUCKET": f"bucket-{own}",
            "OCR_SQS_QUEUE": f"jobs-{own}",
            "OCR_SQS_DLQ": f"dead-{own}",
            "OCR_DYNAMODB_TABLE": f"audit-{own}",
        }
        queues = TwoQueues(clients, f"jobs-{own}", f"dead-{own}")
        yield environment, Bucket(clients, f"bucket-{own}"), queues, DynamoTable(clients, f"audit-{own}")


@contextmanager
def _two_stand_ins(engine: sa.Engine) -> Iterator[tuple[dict[str, str], Objects, Messages, Log]]:  # noqa: ARG001 - a row of a table
    """Yield all in AWS, SQS by fauxqs: a receive of moto fails now and then where several processes poll."""
    with fauxqs_server() as sqs, moto_server() as endpoint, _inspectors_clients(endpoint, sqs) as clients:
        environment = _as_nobody(endpoint) | {"OCR_BACKEND": "aws", "OCR_S3_BUCKET": "scans"}
        queues = TwoQueues(clients, "ocr-jobs", "ocr-jobs-dlq")
        yield (
            environment | {"AWS_ENDPOINT_URL_SQS": sqs},
            Bucket(clients, "scans"),
            queues,
            DynamoTable(clients, "ocr-audit"),
        )


@contextmanager
def _folder(engine: sa.Engine) -> Iterator[tuple[dict[str, str], Objects, Messages, Log]]:
    with tempfile.TemporaryDirectory(prefix="ocrcore-documents-") as folder:
        environment = {"OCR_DOCUMENTS_DIR": f"{folder}/documents"}
        yield environment, Folder(Path(folder) / "documents"), QueueTable(engine), AuditTable(engine)


@contextmanager
def _s3(engine: sa.Engine) -> Iterator[tuple[dict[str, str], Objects, Messages, Log]]:
    with moto_server() as endpoint, _inspectors_clients(endpoint) as clients:
        environment = _as_nobody(endpoint) | {"OCR_DOCUMENTS": "s3", "OCR_S3_BUCKET": "scans"}
        yield environment, Bucket(clients, "scans"), QueueTable(engine), AuditTable(engine)


def _as_nobody(endpoint: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }


#: Name -> the parts: all in AWS, of one stand-in or of two; or a folder or an S3, and a database that has the rest.
BACKENDS: Final = {"aws": _aws, "aws-fauxqs": _two_stand_ins, "folder": _folder, "s3": _s3}


@contextmanager
def deployment(
    root: Path, backend: str = "aws", settings: Mapping[str, str] = SETTINGS, program: str | None = None
) -> Iterator[Deployment]:
    """Yield a deployment without processes, set up by ``program``; everything is gone afterwards."""
    with mysql_server(root / "mysql") as server:
        url = create_schema(server, "ocr")
        engine = sa.create_engine(url, pool_pre_ping=True, isolation_level="AUTOCOMMIT")
        with BACKENDS[backend](engine) as (parts, objects, messages, log):
            environment = {**settings, "OCR_DATABASE_URL": url} | parts
            house = House(root)
            made = house.run("init", program=program, **environment)
            if made.returncode:
                raise RuntimeError(made.stderr)
            receivers = [Receiver(name) for name in ("ill", "well", "worse")]
            deployed = Deployment(house, server, environment, engine, objects, messages, log, receivers)
            try:
                yield deployed
            finally:
                deployed.abandon()
                for receiver in receivers:
                    receiver.close()
                engine.dispose()
                house.kill()
