import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from browser.reader import Reader
from browser.samples import FILES
from needed import needed
from ocrcore.testing.patience import FOREVER, eventually
from serving import ocrcore, serving


@pytest.fixture(scope="session")
def chromium() -> str:
    """Debian's browser; without it a test skips here, and fails where everything must be there."""
    return needed("chromium", "chromium")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Yield a browser. While it is open an event loop runs in this thread, and other files of tests start their own."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # which root cannot have
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[str]:
    """Yield the address of a service; each file of tests has one."""
    assert chromium
    with serving(tmp_path_factory.mktemp("service") / "data", "--slots", "1") as address:
        yield address


@pytest.fixture
def reader(browser: Browser, service: str) -> Iterator[Reader]:
    """A person with a browser, who accepts no error in its console and no request that leaves the machine."""
    reader = Reader(browser, service)
    yield reader
    reader.leave()


@pytest.fixture
def page(reader: Reader) -> Page:
    return reader.page


@pytest.fixture
def plain_reader(browser: Browser, service: str) -> Iterator[Reader]:
    """A person whose browser runs no script."""
    reader = Reader(browser, service, java_script_enabled=False)
    yield reader
    reader.leave()


@pytest.fixture
def plain(plain_reader: Reader) -> Page:
    return plain_reader.page


@pytest.fixture(scope="module")
def read_job(service: str) -> str:
    """The id of a job that was read: two pictures, and a PDF of two pages."""
    return submit(service, FILES, name="Monday")


def submit(service: str, files: dict[str, bytes], **fields: str) -> str:
    """Submit files, wait until they are read, and return the id of their job."""
    parts = [("files", file) for file in files.items()]
    with httpx.Client(base_url=service, timeout=FOREVER) as client:
        job = client.post("/api/v1/jobs", files=parts, data=fields)
        assert job.status_code == 202, job.text
        name = str(job.json()["id"])
        assert eventually(lambda: client.get(f"/api/v1/jobs/{name}?wait=30s").json()["finished_at"])
    return name


def folder_of_screenshots() -> Path:
    """Return the folder of the pictures that people look at; it is not checked in."""
    folder = Path(__file__).parents[2] / ".screenshots"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the service that asks for keys."""
    data = tmp_path_factory.mktemp("service") / "data"
    ocrcore("init", data=data)
    return data


@pytest.fixture(scope="module")
def keyed_service(data: Path, chromium: str) -> Iterator[str]:
    """Where a service answers that asks for keys. An address may sign in some times a minute only."""
    assert chromium
    with serving(data, "--slots", "1", OCR_AUTH="keys") as address:
        yield address


@pytest.fixture(scope="module")
def key(data: Path, keyed_service: str) -> str:
    """A key of the service that asks for keys."""
    assert keyed_service
    return ocrcore("keys", "create", "ana", data=data).stdout.strip()
