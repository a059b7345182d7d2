"""A document and a picture of several pages, read by a real engine: each page and the job in every format."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pikepdf

import pictures
from e2e.house import House, finished, get
from ocrcore.formats.registry import FORMATS
from ocrcore.testing.patience import FOREVER
from pdf_readers import pdfium_pages

WORDS = ["ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO"]
ALTO, HTML = "{http://www.loc.gov/standards/alto/ns-v4#}", "{http://www.w3.org/1999/xhtml}"


def pages_of(form: str, *words: str) -> bytes:
    first, *others = (pictures.draw(word).convert("L") for word in words)
    return pictures.save(first, form, save_all=True, append_images=others)


def of_json(content: bytes) -> list[str]:
    value: dict[str, Any] = json.loads(content)
    return [item["text"] for item in value.get("items", [value])]


def of_hocr(content: bytes) -> list[str]:
    pages = ET.fromstring(content.decode()).iterfind(f".//{HTML}div[@class='ocr_page']")  # noqa: S314 - ours
    return ["".join(page.itertext()) for page in pages]


def of_alto(content: bytes) -> list[str]:
    root = ET.fromstring(content.decode())  # noqa: S314 - ours
    return [
        " ".join(word.attrib["CONTENT"] for word in page.iter(f"{ALTO}String")) for page in root.iter(f"{ALTO}Page")
    ]


def of_tsv(content: bytes) -> list[str]:
    rows = csv.DictReader(io.StringIO(content.decode()), delimiter="\t", quoting=csv.QUOTE_NONE)
    pages = groupby(rows, lambda row: row["page_num"])
    return [" ".join(row["text"] for row in page if row["level"] == "5") for _, page in pages]


def of_pdfa(content: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(content)) as pdf, pdf.open_metadata() as about:
        assert about.pdfa_status == "2B"
    return list(pdfium_pages(content))


READ: Mapping[str, Callable[[bytes], Sequence[str]]] = {
    "txt": lambda content: content.decode().split("\f"),
    "json": of_json,
    "hocr": of_hocr,
    "alto": of_alto,
    "tsv": of_tsv,
    "pdf": pdfium_pages,
    "pdfa": of_pdfa,
}


def test_every_page_and_the_job_come_in_every_format(house: House) -> None:
    assert READ.keys() == FORMATS.keys()
    url = house.serve("--slots", "2").url
    files = [("three.pdf", pages_of("PDF", *WORDS[:3])), ("two.tif", pages_of("TIFF", *WORDS[3:]))]
    with httpx.Client(base_url=f"{url}/api/v1", timeout=FOREVER) as client:
        job = client.post("/jobs", files=[("files", file) for file in files]).raise_for_status().json()
        assert finished(url, job["id"])["items"]["done"] == len(WORDS)
        items = get(url, f"/jobs/{job['id']}/items")["items"]
        assert [(item["filename"], item["page"]) for item in items] == [
            *(("three.pdf", page) for page in (1, 2, 3)),
            *(("two.tif", page) for page in (1, 2)),
        ]
        for name, read in READ.items():
            wanted = [f"/jobs/{job['id']}/result", *(f"/items/{item['id']}/result" for item in items)]
            answers = [client.get(path, params={"format": name}).raise_for_status() for path in wanted]
            of_job, *of_items = ([page.strip() for page in read(answer.content)] for answer in answers)
            assert of_job == WORDS, name
            assert of_items == [[word] for word in WORDS], name
