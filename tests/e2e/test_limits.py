"""The limits of an owner, shared by real processes."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import httpx

import pictures
from e2e.house import House
from ocrcore.testing.patience import FOREVER

_LIMIT: Final = 60
_LEASE: Final = 3
#: The quota of open items.
_OPEN: Final = 8


def test_two_processes_share_the_limit_of_one_key(house: House) -> None:
    assert house.run("init").returncode == 0
    key = house.run("keys", "create", "ana").stdout.strip()
    settings = {"OCR_AUTH": "keys", "OCR_LIMIT_REQUESTS": str(_LIMIT)}
    headers = {"authorization": f"Bearer {key}"}
    admitted, refused = [0], [0, 0]  # per window, and per process
    one, other = (house.serve("--slots", "0", **settings).url for _ in range(2))
    last = 61
    with httpx.Client(headers=headers, timeout=FOREVER) as client:
        for number in range(10 * _LIMIT):
            answer = client.get(f"{(one, other)[number % 2]}/api/v1/jobs")
            left = re.fullmatch(r'"requests";r=\d+;t=(\d+)', answer.headers["ratelimit"])
            assert left is not None
            if int(left[1]) > last:
                admitted.append(0)
            last = int(left[1])
            if answer.status_code == 429:
                assert 1 <= int(answer.headers["retry-after"]) <= 60
                refused[number % 2] += 1
                if min(refused) >= 3:
                    break
            else:
                assert answer.status_code == 200
                admitted[-1] += 1
    assert min(refused) >= 3
    assert _LIMIT - _LEASE <= admitted[-1] <= _LIMIT
    assert max(admitted) <= _LIMIT


def test_two_processes_share_the_quota_of_an_owner(house: House) -> None:
    assert house.run("init").returncode == 0
    settings = {"OCR_AUTH": "keys", "OCR_LIMIT_OPEN_ITEMS": str(_OPEN), "OCR_MAX_PAGES": "1", "OCR_MAX_ITEMS": "2"}
    keys = {owner: house.run("keys", "create", owner).stdout.strip() for owner in ("ana", "bob")}
    urls = [house.serve("--slots", "0", **settings).url for _ in range(2)]
    page = pictures.png("ALPHA")

    def submit(number: int, owner: str = "ana") -> httpx.Response:
        headers = {"authorization": f"Bearer {keys[owner]}"}
        files = {"files": ("page.png", page)}
        return httpx.post(f"{urls[number % 2]}/api/v1/jobs", files=files, headers=headers, timeout=FOREVER)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(submit, range(3 * _OPEN)))
    accepted = [answer for answer in answers if answer.status_code == 202]
    refused = [answer.json() for answer in answers if answer.status_code != 202]
    # Within a process submissions take turns, so each other process may be one request ahead of what it knows.
    assert _OPEN <= len(accepted) <= _OPEN + len(urls) - 1
    assert {(problem["code"], problem["policy"]) for problem in refused} == {("quota-exceeded", "open-items")}
    assert [submit(number).status_code for number in range(2)] == [429, 429]
    assert submit(0, "bob").status_code == 202

    for number, answer in enumerate(accepted[: len(accepted) - _OPEN + 1]):  # what one process deletes
        path = f"{urls[number % 2]}/api/v1/jobs/{answer.json()['id']}"
        headers = {"authorization": f"Bearer {keys['ana']}"}
        assert httpx.delete(path, headers=headers, timeout=FOREVER).status_code == 204
    # ... the other has room for, once.
    assert [submit(number).status_code for number in (1, 0, 1)] == [202, 429, 429]
