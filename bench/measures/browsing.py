"""What the pages cost: bytes, time on the server with 10,000 jobs, and time in a browser with 2,000 words."""

import os
import random
import re
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

import httpx
import sqlalchemy as sa
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page, sync_playwright

from pages import FONT, GOODS
from report import Figure, Table, at_least, at_most
from serving import serving

_JOBS: Final = 10_000
_REQUESTS: Final = 50
_VISITS: Final = 7
#: The page: its size in pixels, the size of its letters, and words and lines. Some words are not told apart.
_SIZE: Final = (2480, 3508)
_LETTERS, _LINE, _LINES = 30, 40, 80
_WORDS_IN_LINE: Final = 26
_WORDS: Final = 2000
_COPY: Final = """
    INSERT INTO jobs ({columns})
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {jobs} - 1)
    SELECT {values} FROM jobs CROSS JOIN numbers WHERE jobs.id = :job
"""
_IMPORTED: Final = re.compile(r'^import .* from "\./([^"]+)"', re.MULTILINE)
_LINKED: Final = re.compile(r'(?:href|src)="(/static/[^"]+)"')


def browsing() -> Table:
    """Measure the pages."""
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "data"
        with serving(folder, "--slots", "1") as address:
            job, item = _read_page(address)
        _copy_job(folder, job)
        with serving(folder, "--slots", "0") as address, httpx.Client(base_url=address) as client:
            words = client.get(f"/api/v1/items/{item}/result?format=tsv").raise_for_status().text.count("\n5\t")
            usable = _in_browser(f"{address}/items/{item}")
            first_bytes = _bytes_of(client, "/") / 1000
            figures = [
                Figure("bytes of the first page, its style and its script", first_bytes, " kB", at_most(100)),
                Figure(
                    f"the first page on the server, of {_JOBS:,} jobs", _milliseconds(client, "/"), " ms", at_most(100)
                ),
                Figure("a job's page on the server", _milliseconds(client, f"/jobs/{job}"), " ms"),
                Figure("words of an item's page", words, "", at_least(0.95 * _WORDS)),
                Figure("that page on the server", _milliseconds(client, f"/items/{item}"), " ms"),
                Figure("that page in Chromium, until it is usable", usable, " ms", at_most(300)),
            ]
    how = (
        f"Medians of {_REQUESTS} requests over HTTP to a service on SQLite, and of {_VISITS} visits of a Chromium with"
        " an empty cache: from the begin of the navigation until the document is complete and its scripts have run, as"
        " the browser tells it."
    )
    return Table("Pages", how, figures)


def _read_page(address: str) -> tuple[str, str]:
    """Let the service read a page of many words; return the ids of job and item."""
    rng, page = random.Random(1), Image.new("L", _SIZE, 255)  # noqa: S311 - not for secrets
    pen, font = ImageDraw.Draw(page), ImageFont.truetype(FONT, _LETTERS)
    for line in range(_LINES):
        words = [rng.choice(GOODS) for _ in range(_WORDS_IN_LINE)]
        pen.text((60, 60 + _LINE * line), " ".join(words), 0, font)
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        page.save(file, "png")
        file.seek(0)
        form = {"engine": "tesseract"}
        with httpx.Client(base_url=f"{address}/api/v1", timeout=120) as client:
            job = client.post("/jobs", files={"files": ("page.png", file)}, data=form).raise_for_status().json()["id"]
            while client.get(f"/jobs/{job}?wait=30s").raise_for_status().json()["finished_at"] is None:
                pass
            (item,) = client.get(f"/jobs/{job}/items").raise_for_status().json()["items"]
    return job, item["id"]


def _copy_job(folder: Path, job: str) -> None:
    """Copy the row of the job until there are enough."""
    engine = sa.create_engine(f"sqlite:///{folder / 'ocr.sqlite3'}")
    with engine.begin() as connection:
        columns = [column["name"] for column in sa.inspect(connection).get_columns("jobs")]
        values = ["substr(id, 1, 24) || printf('%012x', n)" if name == "id" else name for name in columns]
        copy = _COPY.format(columns=", ".join(columns), values=", ".join(values), jobs=_JOBS)
        connection.execute(sa.text(copy), {"job": job})
    engine.dispose()


def _bytes_of(client: httpx.Client, path: str) -> int:
    """Return the bytes of a page, and of the style and the scripts that it names."""
    page = client.get(path, headers={"accept": "text/html"}).raise_for_status()
    files = {path: client.get(path).raise_for_status() for path in _LINKED.findall(page.text)}
    for address, file in list(files.items()):
        for name in _IMPORTED.findall(file.text if address.endswith(".js") else ""):
            imported = address.rpartition("/")[0] + f"/{name}"
            files[imported] = client.get(imported).raise_for_status()
    return len(page.content) + sum(len(file.content) for file in files.values())


def _milliseconds(client: httpx.Client, path: str) -> float:
    times = []
    for _ in range(_REQUESTS):
        began = time.perf_counter()
        client.get(path).raise_for_status()
        times.append((time.perf_counter() - began) * 1000)
    return median(times)


def _in_browser(address: str) -> float:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # which root cannot have
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        times = [_visit(browser.new_context().new_page(), address) for _ in range(_VISITS)]
        browser.close()
    return median(times)


def _visit(page: Page, address: str) -> float:
    page.goto(address, wait_until="load")
    usable: float = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    page.context.close()
    return usable
