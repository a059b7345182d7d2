"""Odd spellings of the public paths open nothing."""

import random
import string
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from integration.http.keyed_house import House


def odd_paths(number: int) -> Iterator[str]:
    """Yield paths around the public ones: prefixes, suffixes, dots, doubled and encoded characters."""
    drawn = random.Random(20)  # noqa: S311 - the same in every run
    public = ["/health/live", "/health/ready", "/schema/static/swagger-ui.css", "/api/v1/uploads"]
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


#: What the public handlers answer.
OF_PUBLIC: Final = ('{"status":"ok"}',)


def test_of_ten_thousand_odd_paths_around_the_public_ones_none_is_open(house: House) -> None:
    opened: dict[str, int] = {}
    for path in odd_paths(10_000):
        answer = house.ask("GET", path)
        if answer.status == 401:
            continue
        text = answer.body.decode(errors="replace")
        opened[path] = answer.status
        is_public = text in OF_PUBLIC or "swagger-ui" in text[:500] or answer.headers["content-type"] == "text/css"
        assert is_public or answer.status in {400, 404, 405}, (path, answer)
        if answer.status in {404, 405}:  # of the public handler of static files, for a name that is none
            assert "/static/" in unquote(path).lower(), path
    assert len(opened) < 5_000
