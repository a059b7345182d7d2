"""PDFs with damage, sent to a real service: counted, recognised, shown as pictures, and written into PDFs again."""

import time
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx

import pictures
from documents_cases import CASES
from fuzzing.case import Case
from fuzzing.service import fuzz_service
from ocrcore.testing.patience import FOREVER
from pdf_readers import pdfium_pages

_JOBS: Final = "/api/v1/jobs"
_CLIENTS: Final = 3
#: Documents that are read as they are.
WHOLE: Final = [case for case in CASES if case.path.suffix == ".pdf" and not case.is_refused]
#: What a damaged PDF may cost its pages; anything else would be an accident of ours.
_ALLOWED: Final = frozenset({"pdf-damaged", "pdf-encrypted", "no-pages", "unsupported-image", "image-too-large"})
_PICTURE: Final = pictures.png("GOOD")
#: One result in so many is asked for as PDF/A, too.
_ARCHIVED: Final = 4
#: Format -> the code with which it may be refused, though there is text.
_REFUSED: Final = {"pdfa": "not-pdfa"}


def damaged(seed: int) -> tuple[Path, bytes]:
    """Return a document, and its bytes with some damage."""
    random = Random(seed)  # noqa: S311 - replayed, not secret
    path = random.choice(WHOLE).path
    content = bytearray(path.read_bytes())
    place = random.randrange(len(content))
    match random.randrange(5):
        case 0:
            del content[place:]
        case 1:
            for _ in range(random.randrange(1, 20)):
                content[random.randrange(len(content))] = random.randrange(256)
        case 2:
            del content[place : place + random.randrange(1, 200)]
        case 3:
            content[place:place] = content[random.randrange(len(content)) :][:100]
        case _:
            content[place : place + 200] = bytes(len(content[place : place + 200]))
    return path, bytes(content)


def fuzz_documents(seeds: range, folder: Path) -> Iterator[Case]:
    """Yield what came of each document. One in two is sent with a good picture, in a job that accepts a part."""
    return fuzz_service(seeds, folder, _judge, slots=2, clients=_CLIENTS)


def _judge(client: httpx.Client, seed: int) -> Case:
    path, content = damaged(seed)
    try:
        return _case(client, seed, path, content, partial=seed % 2 == 1)
    except httpx.HTTPError as error:
        return Case(seed, "no answer", f"no answer: {error!r}")


def _case(client: httpx.Client, seed: int, path: Path, content: bytes, *, partial: bool) -> Case:
    files = [("files", (path.name, content)), *([("files", ("good.png", _PICTURE))] if partial else [])]
    answer = client.post(_JOBS, files=files, data={"accept_partial": "1"} if partial else {})
    if answer.status_code != HTTPStatus.ACCEPTED:
        code = str(answer.json().get("code"))
        return Case(seed, f"refused: {code}", "" if code in _ALLOWED and not partial else answer.text[:200])
    job = _finished(client, answer.json()["id"])
    items = client.get(f"{_JOBS}/{job['id']}/items", params={"limit": 200}).json()["items"]
    codes = {item["error_code"] for item in items} - {None}
    outcome = f"pages: {', '.join(sorted(codes))}" if codes else "read"
    if any(_is_refused(item) for item in items):
        outcome = f"kept with its refusal: {', '.join(sorted(codes))}"
    wrong = [f"{code} is no fault of a file" for code in codes - _ALLOWED]
    wrong += _of_pages(path, job, items, partial=partial)
    wrong += _of_results(client, job, items, archived=seed % _ARCHIVED == 0)
    client.delete(f"{_JOBS}/{job['id']}")
    return Case(seed, outcome, "; ".join(wrong))


def _finished(client: httpx.Client, job_id: str) -> dict[str, Any]:
    end = time.monotonic() + FOREVER
    while True:
        job: dict[str, Any] = client.get(f"{_JOBS}/{job_id}", params={"wait": "20s"}).json()
        if job["finished_at"] or time.monotonic() > end:
            return job


def _is_refused(item: dict[str, Any]) -> bool:
    """Return whether an item is of a file that was refused at the submission."""
    return bool(item["status"] == "ERROR" and item["attempts"] == 0)


def _of_pages(path: Path, job: dict[str, Any], items: Sequence[dict[str, Any]], *, partial: bool) -> Iterator[str]:
    """Yield what is wrong with the pages: those that are lost must be told, and words of a text that is certain."""
    whole = next(case for case in WHOLE if case.path == path)
    pages = whole.expect["pages"]
    found = [item for item in items if item["filename"] == path.name]
    warned = "pages-lost" in {warning["code"] for warning in job["warnings"]}
    if not job["finished_at"] or not found:
        yield f"the job is {job['status']} with {len(found)} pages of the document"
    if len(found) != pages and not warned and not any(map(_is_refused, found)):
        yield f"{len(found)} pages of {pages}, without a word"
    for item, words in zip(found, whole.words, strict=False):
        text = str(item["ocr_text"]).split()
        is_certain = str(item["engine"]).startswith("pdf-text") and not item["warnings"] and not warned
        if is_certain and len(text) < len(words or []):
            yield f"page {item['page']} has {len(text)} words of {len(words or [])}, without a word"
    if partial and [item["ocr_text"] for item in items if item not in found] != ["GOOD"]:
        yield "the picture beside it was not read"


def _of_results(
    client: httpx.Client, job: dict[str, Any], items: Sequence[dict[str, Any]], *, archived: bool
) -> Iterator[str]:
    """Yield what is wrong with what is made from the document."""
    for form in ("pdf", "pdfa") if archived else ("pdf",):
        answer = client.get(f"{_JOBS}/{job['id']}/result", params={"format": form})
        if answer.is_success:
            yield from (f"{form}: {wrong}" for wrong in _of_pdf(answer.content, items))
        elif answer.json().get("code") != ("no-text" if not job["items"]["done"] else _REFUSED.get(form)):
            yield f"{form}: {answer.text[:200]}"
    for item in {items[0]["id"], items[-1]["id"]}:
        answer = client.get(f"/api/v1/items/{item}/image")
        if answer.is_server_error:
            yield f"image: {answer.text[:200]}"


def _of_pdf(content: bytes, items: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield what is wrong with a PDF of all pages."""
    texts = pdfium_pages(content)
    if len(texts) != len(items):
        yield f"{len(texts)} pages of {len(items)}"
    for item, text in zip(items, texts, strict=False):
        if item["ocr_text"] and not text.strip():
            yield f"page {item['page']} of {item['filename']} has no word"
