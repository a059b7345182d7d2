"""The cost of a page without its recognition, from submission to commit, and its growth with the size of a job."""

import tempfile
from pathlib import Path
from statistics import median
from typing import Final

import pictures
from folders import new_folder
from inline_worker import MOST, finish_job, working
from own_process import cpu_seconds, in_own_process, resident
from pages import drawn
from report import Figure, Table, at_most

_MANY: Final = 1000
_FEW: Final = 10
_ROUNDS: Final = 3


def _cost(folder: Path, content: bytes, pages: int, jobs: int = 1) -> float:
    """Return the milliseconds of processor time for each page, in ``jobs`` jobs of ``pages`` each."""
    with working(new_folder(folder)) as service:
        finish_job(service, content, _FEW)
        before = cpu_seconds()
        for _ in range(jobs):
            finish_job(service, content, pages)
        return (cpu_seconds() - before) * 1000 / (pages * jobs)


def _memory(folder: Path, content: bytes) -> tuple[float, float]:
    """Return the resident memory of a process in MiB after 1,000 pages, and after 10,000."""
    with working(new_folder(folder)) as service:
        finish_job(service, content, _MANY)
        early = resident()
        for _ in range(MOST // _MANY - 1):
            finish_job(service, content, _MANY)
        return early, resident()


def pipeline() -> Table:
    """Measure the pipeline."""
    with tempfile.TemporaryDirectory() as name:
        return _pipeline(Path(name))


def _pipeline(folder: Path) -> Table:
    small = pictures.png("ALPHA")
    large = drawn(new_folder(folder))[0].path.read_bytes()
    of_small, of_large, in_small_jobs = (
        median(in_own_process(_cost, folder, *work) for _ in range(_ROUNDS))
        for work in ((small, _MANY), (large, _MANY // 4), (small, _FEW, _MANY // _FEW))
    )
    in_large_job = in_own_process(_cost, folder, small, MOST)
    early, late = in_own_process(_memory, folder, small)
    how = (
        "An engine that does nothing but decode the page to grey; submission, store, queue, claim, decoding, commit,"
        " audit and deletion in one process with two slots on the embedded backend: no page is handed to a child."
        f" Processor time, user and system; medians of {_ROUNDS}, the largest job once."
    )
    figures = [
        Figure("a small picture, in a job of 1,000", of_small, " ms", at_most(4)),
        Figure("a JPEG of 900 x 1500, in a job of 250", of_large, " ms", at_most(12)),
        Figure("a page in a job of 10,000 : one in jobs of 10", in_large_job / in_small_jobs, " x", at_most(1.2)),
        Figure("memory after 1,000 pages", early, " MB"),
        Figure("its growth until 10,000 pages", max(0.0, (late / early - 1) * 100), " %", at_most(5)),
    ]
    return Table("The pipeline", how, figures)
