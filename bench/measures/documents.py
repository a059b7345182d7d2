"""Documents against pictures: the speed of their pages, the memory that they take, and how often they are fetched."""

import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx
import pikepdf
from pikepdf import Dictionary, Name, Stream
from PIL import Image

from aws_deployment import aws_deployment
from counting import counted_requests
from folders import new_folder
from full_load import work_off
from nothing import service_of_nothing
from ocrcore import LOCAL_OWNER, Upload
from own_process import in_own_process, resident
from pages import copies, drawn
from processes import children
from report import Figure, Table, at_least, at_most
from serving import serving_process

_PAGES: Final = 32
_ROUNDS: Final = 3
_POINTS: Final = 72
#: At which the pages are as large as the pictures, in pixels.
_DPI: Final = 150
#: Pages of a document that is read on S3.
_FETCHED: Final = 50


def _bound(paths: Sequence[Path]) -> bytes:
    """Return the pictures, JPEGs, as the pages of a PDF, as a scanner writes it."""
    file = BytesIO()
    with pikepdf.new() as pdf:
        for path in paths:
            with Image.open(path) as picture:
                width, height = picture.size
            about = {"Width": width, "Height": height, "ColorSpace": Name.DeviceRGB, "BitsPerComponent": 8}
            jpeg = Stream(pdf, path.read_bytes(), Subtype=Name.Image, Filter=Name.DCTDecode, **about)
            across, down = width * _POINTS / _DPI, height * _POINTS / _DPI
            page = pdf.add_blank_page(page_size=(across, down))
            page.Resources = Dictionary(XObject=Dictionary(Scan=jpeg))
            page.Contents = Stream(pdf, f"{across} 0 0 {down} 0 0 cm /Scan Do".encode())
        pdf.save(file)
    return file.getvalue()


def _seconds(client: httpx.Client, files: Sequence[tuple[str, bytes]]) -> float:
    """Return the time from the upload of a job until it is done."""
    began = time.monotonic()
    job: dict[str, Any] = client.post("/jobs", files=[("files", file) for file in files]).raise_for_status().json()
    while job["status"] in {"PENDING", "PROCESSING"}:
        job = client.get(f"/jobs/{job['id']}", params={"wait": "30s"}).raise_for_status().json()
    if job["status"] != "DONE":
        msg = f"The job is {job['status']}, so nothing was measured."
        raise RuntimeError(msg)
    return time.monotonic() - began


def _fetches() -> Counter[str]:
    """Return the requests to AWS for a document of many pages, read by one worker of two slots."""
    pages = [Image.new("L", (64, 64), 255) for _ in range(_FETCHED)]
    content = BytesIO()
    pages[0].save(content, "TIFF", save_all=True, append_images=pages[1:])
    with (
        tempfile.TemporaryDirectory() as folder,
        aws_deployment(Path(folder)) as settings,
        service_of_nothing(settings) as service,
        counted_requests() as counts,
    ):
        service.of(LOCAL_OWNER).submit([Upload("scan.tif", content)])
        work_off(service)
        return Counter(counts)


def documents() -> Table:
    """Measure documents that are made of drawn receipts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = copies(drawn(new_folder(folder)), _PAGES, folder / "pictures")
        each = [(path.name, path.read_bytes()) for path in paths]
        pdf = [("scan.pdf", _bound(paths))]
        with (
            serving_process(folder / "data", OCR_ENGINE="tesserocr") as (address, process),
            httpx.Client(base_url=f"{address}/api/v1", timeout=600) as client,
        ):
            for warm in (each[:2], pdf):  # starts the child processes, which a running service already has
                _seconds(client, warm)
            runs = [[_seconds(client, files) for files in (each, pdf)] for _ in range(_ROUNDS)]
            serving = resident(process.pid, peak=True)
            child = max(resident(pid, peak=True) for pid in children(process.pid))
        of_pictures, of_pdf = (median(times) for times in zip(*runs, strict=True))
    fetched = in_own_process(_fetches)["s3 GetObject"]
    how = (
        f"{_PAGES} JPEGs as files of their own, and as the scans of a PDF, each from the upload until the job is done,"
        f" in turns; medians of {_ROUNDS}, tesserocr, two slots. Memory at most, of the process that serves and of the"
        f" largest child. Fetches of a document of {_FETCHED} pages on S3, by one worker."
    )
    figures = [
        Figure("pictures", _PAGES / of_pictures, " pages/s"),
        Figure("pages of a PDF", _PAGES / of_pdf, " pages/s"),
        Figure("pages of a PDF : pictures", of_pictures / of_pdf, " x", at_least(0.8)),
        Figure("memory of the process that serves", serving, " MB", at_most(300)),
        Figure("memory of a child", child, " MB"),
        Figure("fetches of a document", fetched, "", at_most(1)),
    ]
    return Table("Documents", how, figures)
