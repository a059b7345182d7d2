from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import httpx
import pytest

from adapters.imaging.imaging import PillowImaging
from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from integration.http.site import Site, listening
from ocrcore import OcrService
from worlds import World

#: Small, so that what is too large is small, too.
LIMITS = Settings(
    max_files=5,
    max_file_bytes=1_000_000,
    max_body_bytes=2_000_000,
    max_pixels=1_000_000,
    allowed_hosts=("ocr.example",),
)


@dataclass
class Server:
    """A running application; each test gives it a world of its own."""

    service: OcrService
    port: int


@contextmanager
def running() -> Iterator[Server]:
    service = World().service
    with listening(create_app(service, LIMITS)) as port:
        yield Server(service, port)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One application for a file of tests, because it takes long to make."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """One client for all tests, for the same reason."""
    with httpx.Client(timeout=20) as client:
        yield client


@pytest.fixture
def site(server: Server, client: httpx.Client) -> Site:
    """A service on fakes, with small limits."""
    world = World(policy=LIMITS.policy)
    server.service._context = world.context
    client.base_url = httpx.URL(f"http://127.0.0.1:{server.port}")
    return Site(world, client, server.port)


@pytest.fixture
def picture_site(server: Server, site: Site) -> Site:
    """The same, with real eyes for pictures."""
    server.service._context = replace(site.world.context, imaging=PillowImaging(max_pixels=LIMITS.max_pixels))
    return site
