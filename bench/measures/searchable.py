"""Long scans that become searchable PDFs: against OCRmyPDF, all cores, and memory that does not follow the pages."""

import os
import random
import subprocess
import tempfile
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any, Final, Self

import httpx
from PIL import Image, ImageDraw, ImageFont

from corpora import clean_scans
from own_process import cpu_of, resident
from pages import FONT
from processes import children
from report import Figure, Table, at_least, at_most
from rivals import program
from serving import serving_process

_ROUNDS: Final = 3
#: Pages of the scan that both read, of the long one, and of the job of many small pictures.
_PAGES, _LONG, _MANY = 60, 200, 1000
#: A4 at 300 dots per inch, of which a JPEG with the noise of a scanner has half a megabyte.
_A4: Final = (2480, 3508)


def searchable(pages: int = _PAGES, long: int = _LONG, many: int = _MANY) -> Table:
    """Measure scans that are drawn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scan = _bound([picture.path for picture in clean_scans(folder)], pages, folder / "scan.pdf")
        with _Service(folder / "data") as service:
            service.read(scan)  # both slots have loaded their engines then
            runs = [(_ocrmypdf(scan, folder / "read.pdf"), service.read(scan)) for _ in range(_ROUNDS)]
        of_one = _Reading(_long(folder, 1), folder / "one")
        of_all = _Reading(_long(folder, long), folder / "all")
        whole = _memory_of_a_long_result(folder, many)
    theirs, ours = (median(times) for times in zip(*runs, strict=True))
    how = (
        f"A scan of {pages} pages, A4 at 150 dpi, from its upload to the searchable PDF, with `quality=fast`; OCRmyPDF"
        f" with `-j{os.cpu_count()}`, in turns, the median of {_ROUNDS} ratios. Then a scan of {long} pages at 300 dpi"
        f" ({of_all.size / 1e6:.0f} MB), as against one of a single page, and the PDF of a job of {many:,} pictures,"
        " sent by a process that reads nothing. Memory at most."
    )
    figures = [
        Figure("service", pages / ours, " pages/s"),
        Figure("OCRmyPDF", pages / theirs, " pages/s"),
        Figure("service : OCRmyPDF", median(theirs / ours for theirs, ours in runs), " x", at_least(2)),
        Figure(f"cores that are busy over {long} pages", of_all.cores, "", at_least(0.85 * (os.cpu_count() or 1))),
        Figure(f"memory of the process that serves, {long} pages", of_all.serving, " MB"),
        Figure("the same : with one page", of_all.serving / of_one.serving, " x", at_most(1.2)),
        Figure(f"memory of a child, {long} pages", of_all.child, " MB"),
        Figure("the same : with one page", of_all.child / of_one.child, " x", at_most(1.2)),
        Figure(f"memory of the process that sends the PDF of {many:,} pages", whole, " MB", at_most(150)),
    ]
    return Table("Searchable PDFs", how, figures)


class _Service:
    """A service of Tesseract, which has read nothing yet."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self._process = serving_process(data, *arguments, OCR_QUALITY="fast", OCR_MAX_ITEMS="10000")

    def __enter__(self) -> Self:
        address, process = self._process.__enter__()
        self.pid = process.pid
        self._client = httpx.Client(base_url=f"{address}/api/v1", timeout=3600)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._process.__exit__(None, None, None)

    def read(self, *paths: Path) -> float:
        """Return the seconds from the upload to the last byte of the PDF."""
        began = time.monotonic()
        self.send_pdf(self.submit(paths))
        return time.monotonic() - began

    def submit(self, paths: Sequence[Path]) -> str:
        """Return the id of a job that is done."""
        files = [("files", (path.name, path.read_bytes())) for path in paths]
        job: dict[str, Any] = self._client.post("/jobs", files=files).raise_for_status().json()
        while job["status"] in {"PENDING", "PROCESSING"}:
            job = self._client.get(f"/jobs/{job['id']}", params={"wait": "30s"}).raise_for_status().json()
        if job["status"] != "DONE":
            msg = f"The job is {job['status']}, so nothing was measured."
            raise RuntimeError(msg)
        return str(job["id"])

    def send_pdf(self, job: str) -> None:
        """Have the searchable PDF sent."""
        with self._client.stream("GET", f"/jobs/{job}/result", params={"format": "pdf"}) as answer:
            for _ in answer.raise_for_status().iter_raw():
                pass


class _Reading:
    """What one scan takes of a service of its own."""

    def __init__(self, scan: Path, data: Path) -> None:
        self.size = scan.stat().st_size
        with _Service(data) as service:
            before, began = cpu_of(service.pid), time.monotonic()
            service.submit([scan])
            self.cores = (cpu_of(service.pid) - before) / (time.monotonic() - began)
            self.serving = resident(service.pid, peak=True)
            self.child = max(resident(pid, peak=True) for pid in children(service.pid))


def _memory_of_a_long_result(folder: Path, pages: int) -> float:
    pictures = folder / "pictures"
    pictures.mkdir()
    font = ImageFont.truetype(FONT, 32)
    for number in range(pages):
        page = Image.new("L", (480, 120), 255)
        ImageDraw.Draw(page).text((20, 40), f"NUMBER {number}", 0, font)
        page.save(pictures / f"{number:04}.jpg")
    with _Service(folder / "many") as service:
        job = service.submit(sorted(pictures.iterdir()))
    with _Service(folder / "many", "--slots", "0") as service:
        service.send_pdf(job)
        return resident(service.pid, peak=True)


def _ocrmypdf(scan: Path, target: Path) -> float:
    command = (program("ocrmypdf"), "--quiet", "--jobs", str(os.cpu_count()), "--output-type", "pdf", "--optimize", "0")
    began = time.monotonic()
    subprocess.run([*command, "-l", "eng", str(scan), str(target)], check=True, capture_output=True)
    return time.monotonic() - began


def _long(folder: Path, pages: int) -> Path:
    """Draw some pages with the noise of a scanner, and bind them, repeated."""
    drawn, rng = [], random.Random(1)  # noqa: S311 - not for secrets
    font = ImageFont.truetype(FONT, 56)
    for number in range(min(pages, 4)):
        page = Image.new("L", _A4, 255)
        pen = ImageDraw.Draw(page)
        for line in range(30):
            pen.text(
                (220, 240 + 100 * line), f"Line {line} of page {number} has {rng.randrange(10**6)} words", 30, font
            )
        noise = Image.frombytes("L", _A4, rng.randbytes(_A4[0] * _A4[1]))
        path = folder / f"long-{pages}-{number}.jpg"
        Image.blend(page, noise, 0.06).save(path, quality=60, dpi=(300, 300))
        drawn.append(path)
    return _bound(drawn, pages, folder / f"long-{pages}.pdf")


def _bound(paths: Sequence[Path], pages: int, target: Path) -> Path:
    """Bind pictures, repeated as needed, into a PDF."""
    subprocess.run(
        [program("img2pdf"), *map(str, islice(cycle(paths), pages)), "-o", str(target)], check=True, capture_output=True
    )
    return target
