"""A real service that gets one request for each seed, from some clients at the same time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from fuzzing.case import Case
from ocrcore.testing.patience import FOREVER
from serving import serving_process


def fuzz_service(
    seeds: range, folder: Path, judge: Callable[[httpx.Client, int], Case], *, slots: int, clients: int
) -> Iterator[Case]:
    """Yield what ``judge`` says of each seed, and what is wrong with the service afterwards."""
    temporary = folder / "temporary"
    temporary.mkdir()
    with serving_process(folder / "data", "--slots", str(slots), TMPDIR=str(temporary)) as (address, process):
        with httpx.Client(base_url=address, timeout=FOREVER) as client, ThreadPoolExecutor(clients) as threads:
            yield from threads.map(lambda seed: judge(client, seed), seeds)
        if process.poll() is not None:
            yield Case(seeds.start, "ended", "the service ended")
    left = list(temporary.iterdir())
    if left:
        yield Case(seeds.start, "left over", f"temporary files were left: {left}")
