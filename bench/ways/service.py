"""The whole service, from the HTTP request through queue and worker to the text in the database."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from serving import serving
from ways.way import Run, Way


class Service(Way):
    """``ocrcore serve`` on its embedded backend, started before, and timed from the upload until the job is done.

    ``options`` are fields of the form of each job, such as ``engine=ppocr`` or ``quality=fast``.
    """

    def __init__(self, options: str) -> None:
        self.name = f"service, {options.removeprefix('engine=')}"
        field, _, value = options.partition("=")
        self._options = {field: value}

    def read(self, pictures: Sequence[Path], folder: Path, language: str = "eng") -> Run:
        """Upload the pictures as one job, wait until it is done, and read the texts."""
        options = self._options | {"languages": language}
        with (
            serving(folder / "data") as address,
            httpx.Client(base_url=f"{address}/api/v1", timeout=600) as client,
        ):
            # Both slots read a page before, so that their engines are loaded, as those of a running service are.
            self._submit(client, [*pictures[:2], *pictures[:2]], options)
            began = time.monotonic()
            job = self._submit(client, pictures, options)
            seconds = time.monotonic() - began
            return Run(seconds, list(_texts(client, job)))

    @staticmethod
    def _submit(client: httpx.Client, pictures: Sequence[Path], options: Mapping[str, str]) -> str:
        with ExitStack() as stack:
            files = [("files", (path.name, stack.enter_context(path.open("rb")))) for path in pictures]
            job = client.post("/jobs", files=files, data=dict(options)).raise_for_status().json()
        while job["status"] in {"PENDING", "PROCESSING"}:
            job = client.get(f"/jobs/{job['id']}", params={"wait": "30s"}).raise_for_status().json()
        if job["status"] != "DONE":
            msg = f"The job is {job['status']}, so nothing was measured."
            raise RuntimeError(msg)
        return str(job["id"])


def _texts(client: httpx.Client, job: str) -> Iterator[str]:
    cursor: dict[str, str] = {}
    while True:
        page: dict[str, Any] = client.get(f"/jobs/{job}/items", params=cursor).raise_for_status().json()
        yield from (item["ocr_text"] for item in page["items"])
        if not page.get("next_cursor"):
            return
        cursor = {"cursor": page["next_cursor"]}
