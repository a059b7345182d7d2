"""A moto server, in a process of its own or in this one, and the hands of its clock.

All servers of one process share what they hold, so whoever counts has one of its own.
"""

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import boto3
import moto.core.utils
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from adapters.aws.clients import AwsClients, open_clients

#: Keys that open nothing.
SESSION = boto3.Session(aws_access_key_id="nobody", aws_secret_access_key="nothing", region_name="eu-central-1")  # noqa: S106 - see above


@contextmanager
def moto_server() -> Iterator[str]:
    """Yield the address of a server that nobody else knows, and that holds nothing yet; it ends with this process."""
    command = [sys.executable, __file__]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None  # two pipes were asked for; leaving closes them, and that ends the server
        yield process.stdout.readline().strip()


@contextmanager
def moto_server_here() -> Iterator[str]:
    """Yield the address of a server in this process, whose clock can be moved."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # each request is a line otherwise
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@contextmanager
def clients_of(endpoint: str, session: boto3.Session = SESSION) -> Iterator[AwsClients]:
    """Yield the product's own clients, opened as the environment says."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", endpoint)
        clients = open_clients(8, session=session)
    yield clients
    clients.close()


@dataclass(slots=True)
class MotoHands:
    """Moves the clock of every moto server of this process; between moves it runs as always."""

    ahead: timedelta = timedelta()

    def advance(self, step: timedelta) -> None:
        """Let time pass."""
        self.ahead += step


@contextmanager
def moto_hands() -> Iterator[MotoHands]:
    """Yield the hands, which are back in their place afterwards."""
    hands, utcnow = MotoHands(), moto.core.utils.utcnow
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moto.core.utils, "utcnow", lambda: utcnow() + hands.ahead)
        yield hands


if __name__ == "__main__":
    with moto_server_here() as address:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        sys.stdin.read()  # until whoever started it lets go
