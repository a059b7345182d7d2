"""Odd spellings of the public paths open nothing."""

import random
import string
from collections.abc import Iterator
from urllib.parse import unquote
from uuid import UUID

import pytest

from entrypoints.http.pages.assets import address_of
from integration.http.keyed_house import Answer, House
from integration.http.test_access import PUBLIC_HANDLERS


def odd_paths(number: int) -> Iterator[str]:
    """Yield paths around the public ones: prefixes, suffixes, dots, doubled and encoded characters."""
    drawn = random.Random(20)  # noqa: S311 - the same in every run
    public = [_filled(path) for path in sorted({path for _, path in PUBLIC_HANDLERS})]
    closed = ["/api/v1/jobs", "/metrics", "/api/v1/stats", "/schema", "/schema/openapi.json", "/api/v1/keys"]
    glue = ["/", "//", "/./", "/../", "%2f", "%2F..%2f", "\\", ";", "%00", "%09", "%20", ".", "..", "%2e%2e/", "?", "#"]

    def bent(path: str) -> str:
        place = drawn.randrange(len(path) + 1)
        letter = path[place - 1]
        return drawn.choice(
            [
                path[:place] + drawn.choice(glue) + path[place:],
                path.upper() if drawn.random() < 0.5 else path.title(),
                path[: place - 1] + f"%{ord(letter):02x}" + path[place:] if place else path + "%",
                path + drawn.choice(["/", ".json", "/x", ";a=b", "?x=1", "%3f", "~"]),
                path.replace("/", drawn.choice(["//", "%2f", "/./", "\\"]), drawn.randrange(1, 3)),
                path + drawn.choice(string.printable.strip()),
            ]
        )

    for _ in range(number):
        start, end = drawn.choice(public), drawn.choice(closed)
        path = drawn.choice(
            [start, end, start + drawn.choice(glue) + end.lstrip("/"), end + drawn.choice(glue) + start]
        )
        for _ in range(drawn.randrange(1, 4)):
            path = bent(path)
        yield path


def _filled(path: str) -> str:
    """Return an address of a public handler."""
    of_schema = {"{name:str}": "swagger-ui.css"} if path.startswith("/schema") else {}
    digest, _, name = address_of("ocrcore.css").removeprefix("/static/").partition("/")
    names = {"{digest:str}": digest, "{name:str}": name, "{job_id:str}": str(UUID(int=1)), "{number:int}": "0"}
    for place, value in {**names, **of_schema}.items():
        path = path.replace(place, value)
    return path


def is_of_public(method: str, answer: Answer) -> bool:
    """Return whether a public handler gave an answer: it is what that has for everybody."""
    text, kind = answer.body.decode(errors="replace"), answer.headers.get("content-type", "")
    if method == "GET":
        is_style = kind.startswith(("text/css", "text/javascript"))
        return text == '{"status":"ok"}' or is_style or 'name="key"' in text
    if kind.startswith("text/html"):  # the form to sign in, without a proof that it is ours
        return answer.status == 403 and 'name="key"' in text
    return answer.status in {413, 415, 422}  # POST /session, without a body of JSON


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_of_ten_thousand_odd_paths_around_the_public_ones_none_is_open(house: House, method: str) -> None:
    opened: dict[str, int] = {}
    number = 7_000 if method == "GET" else 1_500
    for path in odd_paths(number):
        answer = house.ask(method, path)
        if answer.status == 401:
            continue
        opened[path] = answer.status
        assert is_of_public(method, answer) or answer.status in {400, 404, 405}, (path, answer)
        if answer.status in {404, 405}:  # of the public handlers of static files and of uploads, for what is none
            assert any(part in unquote(path).lower() for part in ("/static/", "/uploads/")), (path, answer)
    assert 0 < len(opened) < number / 2
    assert set(opened.values()) <= {200, 400, 403, 404, 405, 413, 415, 422}
