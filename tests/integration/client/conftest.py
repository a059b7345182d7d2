from collections.abc import Iterator

import pytest

from entrypoints.client import Client
from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from integration.http.site import listening
from serving import serving
from worlds import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Iterator[Client]:
    """A client of the API on fakes."""
    with listening(create_app(world.service, Settings())) as port, Client(f"http://127.0.0.1:{port}") as client:
        yield client


@pytest.fixture(scope="session")
def url(tesseract: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:  # noqa: ARG001 - must be there
    """The address of a whole service in a process of its own."""
    with serving(tmp_path_factory.mktemp("served") / "data") as url:
        yield url
