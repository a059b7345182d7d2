"""Real processes of the product on a data folder of their own, and what they leave behind."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

import pictures
from ocrcore.testing.patience import FOREVER, eventually
from processes import having

PROGRAM: Final = str(Path(sys.executable).parent / "ocrcore")
#: Of a process that is to die: what it held comes back soon, and yet is not lost to a machine that is busy.
MORTAL: Final = {"OCR_VISIBILITY_TIMEOUT": "5s"}
WORDS: Final = ("ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "FOXTROT")
_OFTEN: Final = {"OCR_UPKEEP_PERIOD": "1s"}


@dataclass
class Running:
    """A process that was started, with its log."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """Where it serves; waits until it does."""
        found = eventually(
            lambda: self.process.poll() is not None or re.search(r"url=(http://\S+)", self.log.read_text())
        )
        assert isinstance(found, re.Match), self.log.read_text()
        return str(found[1])

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Tell it to stop; return how many seconds it took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(FOREVER)
        return time.monotonic() - begun


@dataclass
class House:
    """A data folder, a folder for temporary files, and the processes on them."""

    root: Path
    running: list[Running] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.data, self.temporary = self.root / "data", self.root / "tmp"
        self.temporary.mkdir()

    def environment(self, **settings: str) -> dict[str, str]:
        """Return what a process of this house sees."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("OCR")}
        return clean | _OFTEN | {"OCR_DATA_DIR": str(self.data), "TMPDIR": str(self.temporary)} | settings

    def start(self, *arguments: str, program: str | None = None, **settings: str) -> Running:
        """Start a process that runs until it is stopped."""
        log = self.root / f"log-{len(self.running)}"
        with log.open("w") as lines:
            process = subprocess.Popen(
                [program or PROGRAM, *arguments],
                env=self.environment(**settings),
                stderr=lines,
                stdout=lines,
                start_new_session=True,
                cwd=self.root,
            )
        self.running.append(Running(process, log))
        return self.running[-1]

    def serve(self, *arguments: str, program: str | None = None, **settings: str) -> Running:
        """Start a service on a free port, and wait until it serves."""
        running = self.start("serve", "--port", "0", *arguments, program=program, **settings)
        assert running.url
        return running

    def run(
        self, *arguments: str | Path, program: str | None = None, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command = [program or PROGRAM, *map(str, arguments)]
        environment = self.environment(**settings)
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=FOREVER, check=False, cwd=self.root
        )

    def kill(self) -> None:
        """Kill every process of this house at once, children included."""
        for pid in (*(one.process.pid for one in self.running if one.process.poll() is None), *having(self.root)):
            _kill(pid)
        for one in self.running:
            one.process.wait(FOREVER)

    @property
    def left(self) -> list[str]:
        """What is left of processes that ended: processes and temporary files."""
        processes = [f"process {pid}" for pid in having(self.root)]
        return [*processes, *(str(path) for path in self.temporary.iterdir())]

    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        """Return columns of all items, in their order, as the database has them."""
        database = sqlite3.connect(self.data / "ocr.sqlite3")
        try:
            return database.execute(f"SELECT {columns} FROM job_items ORDER BY position").fetchall()  # noqa: S608 - our own words
        finally:
            database.close()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it ended by itself


def submit(url: str, *words: str, **headers: str) -> dict[str, Any]:
    """Submit a drawn page of each word."""
    files = [("files", (f"{word}.png", pictures.png(word))) for word in words]
    answer = httpx.post(f"{url}/api/v1/jobs", files=files, headers=headers, timeout=FOREVER)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


def get(url: str, path: str) -> Any:  # noqa: ANN401 - JSON
    return httpx.get(f"{url}/api/v1{path}", timeout=FOREVER).json()


def finished(url: str, job_id: str) -> dict[str, Any]:
    """Return the job when nothing of it is open any more."""
    found: dict[str, Any] = eventually(
        lambda: (job := get(url, f"/jobs/{job_id}"))["status"] not in {"PENDING", "PROCESSING"} and job
    )
    assert found, get(url, f"/jobs/{job_id}")
    return found


def texts(url: str, job_id: str) -> list[str]:
    return [item["ocr_text"] for item in get(url, f"/jobs/{job_id}/items")["items"]]
