"""A moto server in this process, and the hands of its clock."""

import logging
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
    """Yield the address of a server that keeps its state until it stops."""
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
