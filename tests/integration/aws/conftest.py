from collections.abc import Iterator

import pytest

from adapters.aws.clients import AwsClients
from adapters.aws.plan import Plan
from adapters.aws.provision import provision
from integration.aws.plans import a_plan
from moto_server import MotoHands, clients_of, moto_hands, moto_server_here
from relay_server import Relay, relay_to


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    with moto_server_here() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def clients(endpoint: str) -> Iterator[AwsClients]:
    with clients_of(endpoint) as clients:
        yield clients


@pytest.fixture
def hands() -> Iterator[MotoHands]:
    with moto_hands() as hands:
        yield hands


@pytest.fixture
def plan(clients: AwsClients) -> Plan:
    plan = a_plan()
    provision(clients, plan)
    return plan


@pytest.fixture
def relay(endpoint: str) -> Iterator[Relay]:
    with relay_to(endpoint) as relay:
        yield relay


@pytest.fixture
def relayed(relay: Relay) -> Iterator[AwsClients]:
    """Clients whose answers can be spoilt."""
    with clients_of(relay.url) as clients:
        yield clients
