"""Multipart bodies, well-formed in many ways and damaged in more, sent to a real service."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Final
from urllib.parse import quote

import httpx

import pictures
from fuzzing.case import Case
from fuzzing.mutations import mutated
from fuzzing.service import fuzz_service
from ocrcore import ProblemCode

_JOBS: Final = "/api/v1/jobs"
_CLIENTS: Final = 4
#: Characters of a boundary, by RFC 2046, less the blank, which is allowed inside only.
_BOUNDARY: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=?"
_TOKEN: Final = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'+_-.")
#: Bytes that the client sends in no header.
_NOT_SENT: Final = b"\0\n\v\f\r\x7f"
_NAMES: Final = ("scan.png", "Rechnung für März.png", "a b;c=d.png", "页.png", "x" * 200 + ".png", "'.png", "%41.png")
_PICTURE: Final = pictures.save(pictures.draw("A", (40, 40)).convert("1"))


@dataclass(frozen=True)
class Multipart:
    """A request's body, and the files in it if it is well-formed."""

    content_type: str
    body: bytes
    #: Name and content of each file, or None for a damaged body, of which nothing is known.
    files: tuple[tuple[str, bytes], ...] | None
    chunked: bool


def multipart(seed: int) -> Multipart:
    """Return a body: one in four well-formed, the others damaged in the body, its type, or both."""
    random = Random(seed)  # noqa: S311 - no secret
    whole = _well_formed(random)
    if random.random() < 0.25:
        return whole
    body = mutated(random, whole.body, 4) if random.random() < 0.9 else whole.body
    kind = whole.content_type
    if random.random() < 0.1:
        kind = mutated(random, kind.encode("latin-1"), 2).translate(None, _NOT_SENT).decode("latin-1").strip()
    return Multipart(kind, body, None, whole.chunked)


def _well_formed(random: Random) -> Multipart:
    boundary = "".join(random.choices(_BOUNDARY, k=random.randint(1, 70)))
    edge = b"--" + boundary.encode()
    files = [(random.choice(_NAMES), _content(random, edge)) for _ in range(random.choice((1, 1, 1, 2, 5)))]
    parts = [_file_part(random, name, content) for name, content in files]
    for name, value in (("name", "fuzz"), ("languages", "eng"), ("psm", "6")):
        if random.random() < 0.3:
            part = f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'
            parts.insert(random.randint(0, len(parts)), part.encode())
    body = b"".join(edge + b"\r\n" + part + b"\r\n" for part in parts) + edge + b"--"
    body += random.choice((b"", b"\r\n"))
    quoted = random.random() < 0.5 or not _TOKEN.issuperset(boundary)
    separator = random.choice((";", "; ", " ; "))
    kind = f"multipart/form-data{separator}boundary=" + (f'"{boundary}"' if quoted else boundary)
    return Multipart(kind, body, tuple(files), chunked=random.random() < 0.3)


def _content(random: Random, edge: bytes) -> bytes:
    """Return a PNG, which may hold what looks like the start of a boundary behind its end."""
    near = b"\r\n" + edge[: random.randrange(len(edge))] + random.choice((b"\r\n", b"\0", b"\n", b"\r"))
    return _PICTURE + (near * random.randint(1, 3) if random.random() < 0.3 else b"")


def _file_part(random: Random, name: str, content: bytes) -> bytes:
    file_name = f"filename*=UTF-8''{quote(name, safe='')}" if random.random() < 0.3 else f'filename="{name}"'
    header = random.choice(("Content-Disposition", "content-disposition", "CONTENT-DISPOSITION"))
    headers = [f'{header}: form-data; name="files"; {file_name}']
    if random.random() < 0.5:
        other = random.choice(("Content-Type: image/png", "content-type:text/plain", "X-A: b"))
        headers.insert(random.randint(0, 1), other)
    return "\r\n".join(headers).encode() + b"\r\n\r\n" + content


def fuzz_multiparts(seeds: range, folder: Path) -> Iterator[Case]:
    """Yield what came of each body."""
    return fuzz_service(seeds, folder, _judge, slots=0, clients=_CLIENTS)


def _judge(client: httpx.Client, seed: int) -> Case:
    request = multipart(seed)
    body = iter([request.body]) if request.chunked else request.body
    try:
        answer = client.post(_JOBS, content=body, headers={b"content-type": request.content_type.encode("latin-1")})
    except httpx.HTTPError as error:
        return Case(seed, "no answer", f"no answer: {error!r}")
    if answer.status_code != HTTPStatus.ACCEPTED:
        return _judge_refusal(seed, answer, well_formed=request.files is not None)
    if request.files is None:
        return Case(seed, "accepted, although damaged")
    return Case(seed, "accepted", _difference(client, answer.json()["id"], request.files))


def _judge_refusal(seed: int, answer: httpx.Response, *, well_formed: bool) -> Case:
    code = answer.json().get("code")
    if answer.is_server_error or code not in set(ProblemCode):
        return Case(seed, str(code), f"status {answer.status_code} with {answer.text[:200]!r}")
    if well_formed:
        return Case(seed, code, f"a well-formed body is refused: {answer.json()['detail']}")
    return Case(seed, code)


def _difference(client: httpx.Client, job_id: str, sent: Sequence[tuple[str, bytes]]) -> str:
    """Return what is stored in another form than it was sent, or nothing."""
    items = client.get(f"{_JOBS}/{job_id}/items").json()["items"]
    names = [item["filename"] for item in items]
    if names != [name for name, _ in sent]:
        return f"the files have other names: {names}"
    for item, (_, content) in zip(items, sent, strict=True):
        if client.get(f"/api/v1/items/{item['id']}/image", params={"original": "true"}).content != content:
            return f"the file of item {item['id']} is not what was sent"
    return ""
