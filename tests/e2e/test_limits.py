"""The limits of an owner, shared by real processes."""

import re
from typing import Final

import httpx

from e2e.house import House
from ocrcore.testing.patience import FOREVER

_LIMIT: Final = 60
_LEASE: Final = 3


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
