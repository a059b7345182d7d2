"""What an administrator does with the jobs of another owner, which ``?owner=`` names."""

from collections.abc import Iterator
from typing import Any

import pytest

from entrypoints.settings import Settings
from integration.http.keyed_house import BY_ISSUER, Answer, House

JOBS = "/api/v1/jobs"


@pytest.fixture
def house() -> Iterator[House]:
    house = House(owner="bob")  # whose job is there
    yield house
    house.close()


def job_of(house: House) -> str:
    return f"{JOBS}/{house.names['job_id']}"


def actors(house: House) -> list[tuple[str, str]]:
    house.world.service.upkeep_once()
    told = house.ask("GET", f"{job_of(house)}/timeline", "other").fields["entries"]
    return [(entry["action"], entry["actor"]) for entry in told]


@pytest.mark.parametrize("caller", ["all", "all by session", f"all{BY_ISSUER}"])
def test_an_administrator_who_may_read_reads_the_jobs_of_an_owner_by_name(house: House, caller: str) -> None:
    assert house.ask("GET", job_of(house), caller).status == 404
    assert house.ask("GET", f"{job_of(house)}?owner=bob", caller).status == 200
    assert house.ask("GET", f"{job_of(house)}/result?owner=bob&format=txt", caller).body == b"A"
    listed: list[dict[str, Any]] = house.ask("GET", f"{JOBS}?owner=bob", caller).fields["jobs"]
    assert [job["id"] for job in listed] == [house.names["job_id"]]
    assert house.ask("GET", f"{job_of(house)}?owner=eve", caller).status == 404


@pytest.mark.parametrize("caller", ["reader", "owner", "owner by session", f"owner{BY_ISSUER}", "admin"])
def test_others_are_told_which_scope_they_lack(house: House, caller: str) -> None:
    answer: Answer = house.ask("GET", f"{job_of(house)}?owner=bob", caller)
    assert (answer.status, answer.fields["code"]) == (403, "insufficient-scope")


def test_everybody_may_name_the_own_owner(house: House) -> None:
    assert house.ask("GET", f"{job_of(house)}?owner=bob", "other").status == 200


def test_the_log_names_the_administrator(house: House) -> None:
    house.ask("GET", f"{job_of(house)}?owner=bob", "all")
    house.ask("PATCH", f"{job_of(house)}?owner=bob", "all", body=b'{"name": "x"}', content_type="application/json")
    (key,) = (key for key in house.service.keys.list("ana") if key.name == "all")
    told = actors(house)
    assert ("job.read", f"key:{key.id}") in told
    assert ("job.renamed", f"key:{key.id}") in told


def test_the_log_names_an_administrator_with_a_token(house: House) -> None:
    caller = f"all{BY_ISSUER}"
    body = {"body": b'{"name": "x"}', "content_type": "application/json"}
    assert house.ask("PATCH", f"{job_of(house)}?owner=bob", caller, **body).status == 200  # type: ignore[arg-type]
    actor = dict(actors(house))["job.renamed"]
    assert actor.endswith("#ana")


@pytest.mark.parametrize("owner", ["", "x" * 256])
def test_no_owner_is_named_by_nothing_nor_by_a_novel(house: House, owner: str) -> None:
    assert house.ask("GET", f"{JOBS}?owner={owner}", "all").status == 422


def test_without_keys_everybody_is_the_administrator() -> None:
    house = House(Settings(), owner="bob")
    assert house.ask("GET", job_of(house)).status == 404
    assert house.ask("GET", f"{job_of(house)}?owner=bob").status == 200
    house.close()
