from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

import httpx
import pytest

from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from inspected import header_imaging
from integration.http.keyed_house import House
from integration.http.site import Site, listening
from ocrcore import OcrService
from ocrcore.application.context import Context
from ocrcore.testing.patience import FOREVER
from worlds import World

#: Small limits, so that tests can exceed them with little data.
LIMITS = Settings(
    max_files=5,
    max_file_bytes=1_000_000,
    max_body_bytes=2_000_000,
    max_upload_bytes=1_900_000,
    max_pixels=1_000_000,
    allowed_hosts=("ocr.example",),
)


class SwitchedContext:
    """Delegates to the context of the current test."""

    def __init__(self) -> None:
        self.current: Context = World().context

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any port
        return getattr(self.current, name)


@dataclass
class Server:
    """A running application; each test gives it a world of its own."""

    context: SwitchedContext
    port: int


@contextmanager
def running() -> Iterator[Server]:
    context = SwitchedContext()
    with listening(create_app(OcrService(cast("Context", context)), LIMITS)) as port:
        yield Server(context, port)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One application for all tests of a file, because creating it takes long."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """One client for all tests, for the same reason."""
    with httpx.Client(timeout=FOREVER) as client:
        yield client


@pytest.fixture
def site(server: Server, client: httpx.Client) -> Site:
    """A service on fakes, with small limits."""
    world = World(policy=LIMITS.policy)
    server.context.current = world.context
    client.base_url = httpx.URL(f"http://127.0.0.1:{server.port}")
    client.cookies.clear()  # so that no test reads pages in the language that another has chosen
    return Site(world, client, server.port)


@pytest.fixture
def picture_site(server: Server, site: Site) -> Site:
    """The same, with the real reader of picture headers."""
    server.context.current = replace(site.world.context, imaging=header_imaging(max_pixels=LIMITS.max_pixels))
    return site


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """Yield a service that asks for keys; tests that change it make one of their own."""
    house = House()
    yield house
    house.close()
