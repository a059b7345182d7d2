"""Documents against rows: what is missing, what nobody knows, and what only seems so for a moment."""

import io
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from examined import assert_stays, findings, left, only, settled
from ocrcore import FindingKind, Job
from ocrcore.domain.errors import DatabaseUnavailable, StorageUnavailable
from ocrcore.domain.item_row import ItemRow, Place
from ocrcore.domain.job_row import JobRow
from ocrcore.testing.builders import a_draft
from worlds import World


def remove(world: World, key: str) -> None:
    world.context.documents.delete([key])


def put(world: World, key: str) -> None:
    world.context.documents.put(key, io.BytesIO(b"x"))


def test_a_missing_upload_is_found_and_stays_so() -> None:
    world, job = settled()
    item = world.items(job)[1]
    remove(world, item.s3_key)
    finding = only(world, FindingKind.MISSING_UPLOAD)
    assert (finding.job_id, finding.item_id, finding.key) == (job.id, item.id, item.s3_key)
    assert_stays(world, FindingKind.MISSING_UPLOAD)


def test_an_upload_of_an_open_item_that_is_missing_is_found() -> None:
    world = World()
    job = world.submit()
    remove(world, world.items(job)[0].s3_key)
    only(world, FindingKind.MISSING_UPLOAD)


def test_all_documents_of_a_job_may_be_missing() -> None:
    world, job = settled("ALPHA")
    world.context.documents.delete(world.context.documents.keys("", 100))
    assert left(world) == [FindingKind.MISSING_UPLOAD, FindingKind.MISSING_LAYOUT]
    assert {finding.job_id for finding in findings(world)} == {job.id}


def test_the_documents_of_several_jobs_may_be_missing() -> None:
    world, first = settled("ALPHA")
    _, second = settled("BRAVO", world=world)
    world.context.documents.delete(world.context.documents.keys("", 100))
    assert {finding.job_id for finding in findings(world)} == {first.id, second.id}


def test_the_documents_of_several_unknown_jobs_are_found() -> None:
    world, _ = settled()
    keys = [f"jobs/01900000-0000-7000-8000-00000000000{number}/" for number in range(3)]
    for key in keys:
        put(world, f"{key}a.jpg")
    assert [finding.key for finding in findings(world)] == keys


def test_a_missing_layout_is_found_and_stays_so() -> None:
    world, job = settled()
    item = world.items(job)[0]
    assert item.layout_key is not None
    remove(world, item.layout_key)
    assert only(world, FindingKind.MISSING_LAYOUT).key == item.layout_key
    assert_stays(world, FindingKind.MISSING_LAYOUT)


def test_a_done_item_whose_row_names_no_layout_is_found() -> None:
    world, job = settled("ALPHA")
    item = world.items(job)[0]
    world.database.items[item.id] = replace(item, layout_key=None)
    only(world, FindingKind.MISSING_LAYOUT)


def test_layouts_of_other_attempts_are_normal() -> None:
    world, job = settled()
    for item in world.items(job):
        put(world, f"jobs/{job.id}/{item.id}.7.layout.json.gz")
    assert findings(world) == []


@pytest.mark.parametrize("name", ["photo.jpg", "01900000-0000-7000-8000-000000000000.1.layout.json.gz", "sub/a.png"])
def test_a_document_of_a_job_that_no_row_refers_to_is_found_and_kept(name: str) -> None:
    world, job = settled()
    put(world, f"jobs/{job.id}/{name}")
    assert only(world, FindingKind.STRAY_DOCUMENT).key == f"jobs/{job.id}/{name}"
    assert_stays(world, FindingKind.STRAY_DOCUMENT)
    assert world.context.documents.get(f"jobs/{job.id}/{name}") == b"x"


@pytest.mark.parametrize(
    ("keys", "folder"),
    [
        (["jobs/01900000-0000-7000-8000-000000000000/a.jpg", "jobs/01900000-0000-7000-8000-000000000000/b/c"], None),
        (["jobs/ffffffff-ffff-7fff-bfff-ffffffffffff/a.jpg"], None),
        (["jobs/00000000-0000-0000-0000-000000000000/a.jpg"], None),
        (["jobs/no-uuid/a.jpg", "jobs/no-uuid/b.jpg"], "jobs/no-uuid/"),
        (["jobs/FFFFFFFF-FFFF-7FFF-BFFF-FFFFFFFFFFFF/a.jpg"], "jobs/FFFFFFFF-FFFF-7FFF-BFFF-FFFFFFFFFFFF/"),
        (["jobs/file"], "jobs/file"),
    ],
)
def test_documents_of_no_known_job_are_one_finding_and_are_kept(keys: list[str], folder: str | None) -> None:
    world, _ = settled()
    for key in keys:
        put(world, key)
    finding = only(world, FindingKind.STRAY_JOB)
    assert finding.number == len(keys)
    assert finding.key == (folder or f"jobs/{finding.job_id}/")
    assert (finding.job_id is None) is (folder is not None)
    assert_stays(world, FindingKind.STRAY_JOB)
    assert all(world.context.documents.get(key) == b"x" for key in keys)


def test_documents_of_drafts_and_of_deleted_jobs_are_no_findings() -> None:
    world, job = settled()
    world.jobs.before("transact", DatabaseUnavailable("away"))
    with pytest.raises(DatabaseUnavailable):
        world.submit()
    world.documents.before("keys", StorageUnavailable("away"))
    world.owned.delete(job.id)
    assert len(world.context.documents.keys("", 100)) == 5
    assert findings(world) == []


def test_more_documents_than_one_page_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocrcore.application.doctor.documents._KEYS", 2)
    monkeypatch.setattr("ocrcore.application.doctor.row_scan._ITEMS", 2)
    monkeypatch.setattr("ocrcore.application.doctor.row_scan._JOBS", 2)
    world, job = settled(*"ABCDE")
    others = [settled(*"AB", world=world)[1] for _ in range(3)]
    assert findings(world) == []
    for number in range(5):
        put(world, f"jobs/{job.id}/stray-{number}")
        put(world, f"jobs/{others[1].id}/stray-{number}")
    remove(world, world.items(others[2])[1].s3_key)
    assert sorted(left(world)) == [FindingKind.MISSING_UPLOAD, *[FindingKind.STRAY_DOCUMENT] * 10]


def test_what_is_there_at_the_second_look_is_not_missing() -> None:
    world, _ = settled()
    listing = world.context.documents.keys

    def late(prefix: str, limit: int, *, after: str = "") -> list[str]:
        return [] if prefix == "jobs/" else list(listing(prefix, limit, after=after))

    world.context.documents.__dict__["keys"] = late
    assert findings(world) == []


def test_what_is_gone_at_the_second_look_is_not_stray() -> None:
    world, job = settled()
    listing = world.context.documents.keys
    ghosts = [f"jobs/{job.id}/ghost", "jobs/zzz/ghost"]

    def early(prefix: str, limit: int, *, after: str = "") -> list[str]:
        found = list(listing(prefix, limit, after=after))
        return sorted([*found, *(ghosts if prefix == "jobs/" and not after else [])])

    world.context.documents.__dict__["keys"] = early
    assert findings(world) == []


def test_a_job_that_goes_while_its_rows_are_read_again_has_no_strays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocrcore.application.doctor.row_scan._ITEMS", 2)
    world, job = settled(*"ABCDE")
    put(world, f"jobs/{job.id}/stray")
    items = world.context.row_scan.items

    def meanwhile(after: Place, limit: int) -> Sequence[ItemRow]:
        found = items(after, limit)
        if after == Place(job.id, -1):  # the second look begins
            world.documents.before("keys", StorageUnavailable("away"))
            world.owned.delete(job.id)
        return found

    world.context.row_scan.__dict__["items"] = meanwhile
    assert findings(world) == []


def test_a_job_whose_rows_go_between_the_looks_misses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world, job = settled()
    listing = world.context.documents.keys
    deleted: list[Job] = []

    def meanwhile(prefix: str, limit: int, *, after: str = "") -> list[str]:
        if not deleted:
            deleted.append(job)
            world.owned.delete(job.id)
        return list(listing(prefix, limit, after=after))

    monkeypatch.setitem(world.context.documents.__dict__, "keys", meanwhile)
    assert findings(world) == []


def test_a_store_that_goes_away_meanwhile_is_one_finding_and_the_rest_is_examined() -> None:
    world, _ = settled()
    world.audit.before("timeline", ValueError("reached"))
    world.documents.before("keys", StorageUnavailable("it went away"))
    examination = world.service.examine()
    finding = next(examination)
    assert (finding.kind, finding.seen) == (FindingKind.SERVICE_AWAY, "documents: it went away")
    with pytest.raises(ValueError, match="reached"):
        next(examination)


@pytest.mark.parametrize("number", [1, None])
def test_the_documents_of_a_draft_are_no_findings_whatever_its_neighbours(number: int | None) -> None:
    world, job = settled()
    draft = replace(a_draft(), id=UUID(int=number or job.id.int + 1))
    world.context.jobs.add(replace(draft, created_at=world.clock.now()))
    put(world, f"jobs/{draft.id}/page.png")
    assert findings(world) == []


def test_a_second_look_at_one_document_asks_for_no_more() -> None:
    world, job = settled()
    first, second = world.items(job)
    remove(world, first.s3_key)
    put(world, f"jobs/{job.id}/stray")
    put(world, "jobs/holiday/a")
    put(world, "jobs/holiday/b")
    world.database.items[second.id] = replace(second, layout_key=f"jobs/{job.id}/gone")
    asked: dict[str, list[tuple[object, int]]] = {"keys": [], "jobs": [], "items": []}
    keys, jobs, items = world.context.documents.keys, world.context.row_scan.jobs, world.context.row_scan.items

    def noted_keys(prefix: str, limit: int, *, after: str = "") -> Sequence[str]:
        if prefix != "jobs/":
            asked["keys"].append((prefix, limit))
        return keys(prefix, limit, after=after)

    def noted_jobs(after: UUID, limit: int) -> Sequence[JobRow]:
        if after == UUID(int=job.id.int - 1):
            asked["jobs"].append((after, limit))
        return jobs(after, limit)

    def noted_items(after: Place, limit: int) -> Sequence[ItemRow]:
        if limit < 1000:
            asked["items"].append((after, limit))
        return items(after, limit)

    world.context.documents.__dict__["keys"] = noted_keys
    world.context.row_scan.__dict__.update(jobs=noted_jobs, items=noted_items)
    assert len(findings(world)) == 4
    assert {limit for _, limit in asked["keys"]} == {1}
    assert {limit for _, limit in asked["jobs"]} == {1}
    assert asked["items"] == [(Place(job.id, -1), 1), (Place(job.id, 0), 1)]
