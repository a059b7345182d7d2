"""The memory of the API while many large files are uploaded at the same time."""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Final

import httpx
from PIL import Image

from own_process import resident
from report import Figure, Table, at_most
from serving import serving_process

_AT_ONCE: Final = 50
_SIZE: Final = (5000, 4000)


def _send(address: str, picture: Path) -> int:
    with picture.open("rb") as file:
        answer = httpx.post(f"{address}/api/v1/jobs", files={"files": (picture.name, file)}, timeout=600)
    return answer.status_code


def uploads() -> Table:
    """Measure the uploads."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "large.bmp"
        Image.effect_noise(_SIZE, 60).save(picture)
        with (
            serving_process(Path(folder) / "data", "--slots", "0") as (address, process),
            ThreadPoolExecutor(_AT_ONCE) as pool,
        ):
            idle = resident(process.pid)
            began = time.monotonic()
            answers = set(pool.map(_send, repeat(address, _AT_ONCE), repeat(picture)))
            seconds = time.monotonic() - began
            peak = resident(process.pid, peak=True)
        if answers != {202}:
            msg = f"The uploads were answered with {answers}, so nothing was measured."
            raise RuntimeError(msg)
        size = picture.stat().st_size / 1e6
    how = (
        f"{_AT_ONCE} clients at once upload a picture of {size:.0f} MB each; the peak of the process that"
        " serves, without slots."
    )
    figures = [
        Figure("memory before", idle, " MB"),
        Figure("memory at most", peak, " MB", at_most(300)),
        Figure("all are taken after", seconds, " s"),
    ]
    return Table("Uploads", how, figures)
