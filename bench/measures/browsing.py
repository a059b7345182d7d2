"""What the pages cost: bytes, time on the server with 10,000 jobs, and time in a browser with 2,000 words."""

import json
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
from playwright.sync_api import Browser, sync_playwright

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
#: Marks when the document is complete.
_COMPLETE: Final = "addEventListener('DOMContentLoaded', () => performance.mark('usable'));"
#: Marks when the first word that is seen is found where it lies, and lights up when it is pointed at.
_POINT: Final = """addEventListener('DOMContentLoaded', () => {
    const words = document.querySelectorAll('#page .w');
    const word = [...words].find((one) => {
        const { left, top, width, height } = one.getBoundingClientRect();
        return document.elementFromPoint(left + width / 2, top + height / 2) === one;
    });
    word.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
    if (document.querySelector('.word.lit')) performance.mark('usable');
});"""
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
            usable, empty = _in_browser(f"{address}/items/{item}", f"{address}/login")
            first_bytes = _bytes_of(client, "/") / 1000
            figures = [
                Figure("bytes of the first page, its style and its script", first_bytes, " kB", at_most(100)),
                Figure(
                    f"the first page on the server, of {_JOBS:,} jobs", _milliseconds(client, "/"), " ms", at_most(100)
                ),
                Figure("a job's page on the server", _milliseconds(client, f"/jobs/{job}"), " ms"),
                Figure("words of an item's page", words, "", at_least(0.95 * _WORDS)),
                Figure("that page on the server", _milliseconds(client, f"/items/{item}"), " ms"),
                Figure("that page in Chromium, until a word on it can be pointed at", usable, " ms", at_most(300)),
                Figure("an empty page in the same Chromium", empty, " ms"),
            ]
    how = (
        f"Medians of {_REQUESTS} requests over HTTP to a service on SQLite, and of {_VISITS} visits of a Chromium with"
        " an empty cache, by its own trace: from the begin of the navigation until the scripts have run and the"
        " first word is found at its place and lights up. The empty page is that of a service that"
        " does not know the address, until its document is complete."
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


def _in_browser(address: str, elsewhere: str) -> tuple[float, float]:
    """Return how long the page of an item takes to be usable, and an empty page in turn with it to be complete."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # which root cannot have
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        usable, empty = [], []
        for _ in range(_VISITS):
            usable.append(_visit(browser, address, _POINT))
            empty.append(_visit(browser, elsewhere, _COMPLETE))
        browser.close()
    return median(usable), median(empty)


def _visit(browser: Browser, address: str, mark: str) -> float:
    """Return the milliseconds from the begin of the navigation to a mark, as the trace of the browser has them.

    ``mark`` is a script that runs in the page from its beginning and sets the mark ``usable``.
    """
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(mark)
    browser.start_tracing(page=page, categories=["blink.user_timing"])
    page.goto(address, wait_until="load")
    page.wait_for_function("performance.getEntriesByName('usable').length > 0")
    events = json.loads(browser.stop_tracing())["traceEvents"]
    context.close()
    (marked,) = [event for event in events if event["name"] == "usable"]
    began = max(event["ts"] for event in events if event["name"] == "navigationStart" and event["ts"] <= marked["ts"])
    return (float(marked["ts"]) - float(began)) / 1000
