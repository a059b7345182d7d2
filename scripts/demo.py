"""The demonstration: start the embedded service, send it pages with known text, and print the recognised text."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from demo_pages import DemoPage, pages

#: What a newcomer does next.
NOW_TRY = """Now try:
  .venv/bin/ocrcore ocr docs/sample.pdf -o searchable.pdf   read a file of your own, without a service
  make serve                                                run the service, then open http://127.0.0.1:8000
  .venv/bin/ocrcore jobs submit docs/sample.pdf --wait      send it a file, in another terminal
docs/first-steps.md goes on from there."""


@contextlib.contextmanager
def service(folder: Path) -> Iterator[httpx.Client]:
    """Yield a client of a service that is started for the block, and stopped after it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = shutil.which("ocrcore") or sys.exit("ocrcore is not installed; run make setup")
    environment = os.environ | {"OCR_DATA_DIR": str(folder / "data")}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([program, "serve", "--port", str(port)], env=environment, stderr=log)  # noqa: S603 - our own
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            wait_until_ready(client, process, folder / "log")
            yield client
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def wait_until_ready(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the service is ready; exit if it is not within half a minute."""
    for _ in range(300):
        with contextlib.suppress(httpx.TransportError):
            if client.get("/health/ready").is_success:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit(f"The service did not start:\n{log.read_text()}")


def words(text: str) -> Counter[str]:
    """Return how often each word occurs in a text."""
    return Counter(re.findall(r"\w+", text.lower()))


def finished(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    """Return the job when it is finished, and show its progress until then."""
    while job["status"] in {"PENDING", "PROCESSING"}:
        time.sleep(0.1)
        job = client.get(f"/api/v1/jobs/{job['id']}").raise_for_status().json()
        show_progress(job["items"]["done"] + job["items"]["error"], job["items"]["total"])
    print(f"{chr(10) if sys.stdout.isatty() else ''}The job is {job['status']}.\n")
    return job


def show_progress(done: int, total: int) -> None:
    """Draw a progress bar, if the output is a terminal."""
    if sys.stdout.isatty():
        filled = 30 * done // total
        print(f"\r[{'#' * filled}{'.' * (30 - filled)}] {done} of {total} pages", end="", flush=True)


def main() -> int:
    """Return 0 if every page was recognised, with almost every word of each."""
    with tempfile.TemporaryDirectory(prefix="ocrcore-demo-") as folder, service(Path(folder)) as client:
        drawn = pages()
        print(f"Sending {len(drawn)} pages to {client.base_url.join('/api/v1/jobs')}")
        files = [("files", (page.name, page.content)) for page in drawn]
        answer = client.post("/api/v1/jobs", files=files, data={"languages": "eng+por"})
        job = finished(client, answer.raise_for_status().json())
        items = client.get(f"/api/v1/jobs/{job['id']}/items").raise_for_status().json()["items"]
    shares = [show(page, item) for page, item in zip(drawn, items, strict=True)]
    if job["status"] != "DONE" or min(shares) < 0.9:  # noqa: PLR2004 - nine words of ten
        return 1
    print(NOW_TRY)
    return 0


def show(page: DemoPage, item: dict[str, Any]) -> float:
    """Print an item's text; return the share of the page's words that were recognised."""
    if item["status"] != "DONE":
        print(json.dumps(item, indent=2))
        return 0.0
    known = words(page.text)
    share = (known & words(item["ocr_text"])).total() / known.total()
    print(f"--- {page.name}, {page.what}: confidence {item['confidence']:.0f}, {share:.0%} of the words")
    print(item["ocr_text"], end="\n\n")
    return share


if __name__ == "__main__":
    sys.exit(main())
