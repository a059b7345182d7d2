"""How many requests of an owner are answered in a minute, and what clients are told of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import pytest

from integration.http.keyed_house import SETTINGS, Answer, House
from integration.http.test_access import PUBLIC_HANDLERS, real_rows
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.domain.limits import Quotas
from ocrcore.ports.rate_windows import RateWindows
from ocrcore.testing.faults import Faulty
from worlds import START, picture, uploads

_LIMIT: Final = 40


@contextmanager
def limited_house(limit: int = _LIMIT) -> Iterator[House]:
    house = House(replace(SETTINGS, limit_requests=limit))
    house.world.tick(seconds=60 - START.timestamp() % 60)  # a window begins
    try:
        yield house
    finally:
        house.close()


@pytest.fixture
def limited() -> Iterator[House]:
    with limited_house() as house:
        yield house


def jobs(house: House, caller: str = "owner") -> Answer:
    return house.ask("GET", "/api/v1/jobs", caller)


def use_up(house: House) -> Answer:
    for _ in range(_LIMIT):
        assert jobs(house).status == 200
    return jobs(house)


def test_more_requests_than_the_limit_are_refused_until_the_minute_ends(limited: House) -> None:
    limited.world.tick(seconds=20)
    refused = use_up(limited)
    assert (refused.status, refused.fields["code"], refused.fields["policy"]) == (429, "rate-limited", "requests")
    assert refused.headers["retry-after"] == "40"
    assert "Retry-After" in refused.fields["detail"]
    limited.world.tick(seconds=40)
    assert jobs(limited).status == 200


def test_each_answer_tells_what_is_left(limited: House) -> None:
    limited.world.tick(seconds=59)
    first, second = jobs(limited), limited.ask("GET", "/api/v1/jobs/unknown", "owner")
    assert first.headers["ratelimit-policy"] == f'"requests";q={_LIMIT};w=60'
    assert first.headers["ratelimit"] == f'"requests";r={_LIMIT - 1};t=1'
    assert (second.status, second.headers["ratelimit"]) == (404, f'"requests";r={_LIMIT - 2};t=1')
    refused = [jobs(limited) for _ in range(_LIMIT)][-1]
    assert (refused.status, refused.headers["ratelimit"]) == (429, '"requests";r=0;t=1')


def test_the_answer_to_a_head_request_tells_it_too(limited: House) -> None:
    assert limited.ask("HEAD", "/api/v1/jobs", "owner").headers["ratelimit"] == f'"requests";r={_LIMIT - 1};t=60'


def test_the_limit_is_of_the_owner_whatever_the_key(limited: House) -> None:
    use_up(limited)
    assert jobs(limited, "reader").status == 429
    assert jobs(limited, "other").status == 200


def test_a_key_that_lacks_the_scope_is_counted_and_a_stranger_is_not(limited: House) -> None:
    for _ in range(_LIMIT):
        assert limited.ask("DELETE", "/api/v1/jobs/unknown", "reader").status == 403
    assert jobs(limited).status == 429
    for caller in ("nobody", "unknown", "revoked"):
        answer = jobs(limited, caller)
        assert answer.status == 401
        assert "ratelimit" not in answer.headers


def test_every_route_is_limited_except_the_public_ones(limited: House) -> None:
    use_up(limited)
    limited.texts["all"] = limited.texts["owner"]
    for method, template in real_rows(limited):
        status = limited.call(method, template, "owner").status
        if (method, template) in PUBLIC_HANDLERS:
            assert status != 429, template
            while jobs(limited).status == 200:  # the clock may have moved for it
                pass
        else:
            assert status == 429, (method, template)


def test_what_reaches_no_route_is_limited_too(limited: House) -> None:
    """For those who are known; the others have no owner whose requests they could be."""
    asked = [("OPTIONS", "/api/v1/jobs", 204), ("GET", "/no/such", 404), ("PUT", "/api/v1/jobs", 405)]
    asked += [("HEAD", "/no/such", 404), ("OPTIONS", "*", 204), ("TRACE", "/health/live", 405)]
    for left, (method, path, status) in enumerate(asked, start=1):
        answer = limited.ask(method, path, "owner")
        assert (answer.status, answer.headers["ratelimit"]) == (status, f'"requests";r={_LIMIT - left};t=60'), path
    while jobs(limited).status == 200:
        pass
    paths = {path.partition("{")[0] for _, path in real_rows(limited)}
    for method, path in [*((method, path) for method, path, _ in asked), *(("OPTIONS", path) for path in paths)]:
        answer = limited.ask(method, path, "owner")
        assert (answer.status, answer.headers["ratelimit"]) == (429, '"requests";r=0;t=60'), (method, path)
        assert answer.headers["retry-after"] == "60"
        assert limited.ask(method, path).status == 401
        assert limited.ask(method, path, "other").status in {204, 404, 405}
        limited.world.database.rate_windows.clear()
    page = limited.ask("GET", "/no/such", "owner", accept="text/html")
    assert page.fields["code"] == "rate-limited"


def test_refusals_are_counted(limited: House) -> None:
    use_up(limited)
    assert [str(policy) for policy in limited.world.meter.refusals] == ["requests"]


def test_a_refused_submission_leaves_nothing(limited: House) -> None:
    use_up(limited)
    before = len(limited.world.database.jobs)
    assert limited.ask("POST", "/api/v1/jobs", "owner", body=b"x", content_type="text/plain").status == 429
    assert len(limited.world.database.jobs) == before


def test_without_a_limit_nothing_is_counted_or_told() -> None:
    with limited_house(0) as house:
        answer = jobs(house)
        assert answer.status == 200
        assert "ratelimit" not in answer.headers
        assert not house.world.database.rate_windows


def test_while_the_database_is_away_requests_are_admitted_by_a_share(limited: House) -> None:
    windows: Faulty[RateWindows] = Faulty(limited.world.context.rate_windows)
    object.__setattr__(limited.world.context, "rate_windows", windows.port)
    windows.before("take", DatabaseUnavailable("simulated"), times=100)
    statuses = [jobs(limited).status for _ in range(_LIMIT)]
    assert statuses == [200] * 10 + [429] * 30


def test_a_quota_is_told_with_its_policy(limited: House) -> None:
    body = b"\r\n".join(
        (
            b"--b",
            b'Content-Disposition: form-data; name="files"; filename="a.png"',
            b"",
            picture("A"),
            b"--b--",
            b"",
        )
    )
    form = {"content_type": "multipart/form-data; boundary=b"}
    for quotas, policy in ((Quotas(open_items=1), "open-items"), (Quotas(stored_bytes=30), "bytes")):
        object.__setattr__(limited.world.context, "policy", replace(limited.world.policy, quotas=quotas))
        limited.service.of("ana").submit(uploads("A"))
        for path in ("/api/v1/jobs", "/api/v1/ocr"):
            answer = limited.ask("POST", path, "owner", body=body, **form)
            assert (answer.status, answer.fields["code"], answer.fields["policy"]) == (429, "quota-exceeded", policy)
            assert answer.headers["retry-after"] == "60"
        limited.world.process_all()
    other = limited.ask("POST", "/api/v1/jobs", "other", body=body, **form)
    assert other.status == 202
