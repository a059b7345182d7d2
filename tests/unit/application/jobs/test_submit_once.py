import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ocrcore import LOCAL_OWNER, Job, JobOptions, OcrService, Upload
from ocrcore.application.jobs.new_job import NewJob
from ocrcore.application.jobs.owner_jobs import OwnerJobs
from ocrcore.application.jobs.submit_once import Submission, body_hash
from ocrcore.domain.errors import (
    CommitUnknown,
    DatabaseUnavailable,
    IdempotencyMismatch,
    InvalidOption,
    JobGone,
    JobNotFound,
    StorageUnavailable,
)
from ocrcore.domain.idempotency import IdempotencyKeyTaken
from ocrcore.domain.time_limits import TOMBSTONE_LIFE
from worlds import World, picture, uploads


def submit(world: World, *texts: str, key: str = "key-1", name: str | None = None) -> Submission:
    return world.owned.submit_once(uploads(*(texts or ("A",))), JobOptions(), key=key, name=name)


def test_the_same_body_under_one_key_makes_one_job() -> None:
    world = World()
    first, second = submit(world, "A", "B"), submit(world, "A", "B")
    assert (first.replayed, second.replayed) == (False, True)
    assert first.job.id == second.job.id
    assert len(world.owned.list()) == 1
    assert len(world.context.documents.keys("", 10)) == 2


def test_a_repetition_stores_nothing_again() -> None:
    world = World()
    submit(world)
    world.documents.before("put", AssertionError("stored again"))
    assert submit(world).replayed


def test_a_key_whose_job_goes_while_it_is_taken_may_be_sent_again() -> None:
    world = World()
    world.jobs.before("transact", IdempotencyKeyTaken())
    with pytest.raises(StorageUnavailable) as refused:
        submit(world)
    assert str(refused.value) == "The first submission with this key has just been deleted; send it again."
    assert not world.database.jobs
    assert not submit(world).replayed


class Chunks(io.BytesIO):
    """Remembers how much was read at once."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.sizes: list[int | None] = []

    def read(self, size: int | None = -1, /) -> bytes:
        self.sizes.append(size)
        return super().read(size)


def test_a_body_is_read_in_pieces_of_a_mebibyte() -> None:
    content = Chunks(b"x" * (1 << 20) + b"y")
    body_hash(NewJob([Upload("a.png", content)], JobOptions()))
    assert content.sizes == [1 << 20] * 3


def test_a_file_name_that_is_no_unicode_has_a_hash_of_its_own() -> None:
    hashes = {body_hash(NewJob([Upload(name, io.BytesIO(b"x"))], JobOptions())) for name in ("\udcff", "\udcfe", "")}
    assert len(hashes) == 3


def test_a_replay_shows_the_job_as_it_is_now() -> None:
    world = World()
    submit(world)
    world.process_all()
    assert submit(world).job.counts.done == 1


@pytest.mark.parametrize(("texts", "name"), [(("B",), None), (("A", "B"), None), (("A",), "other")])
def test_another_body_under_the_key_is_refused_without_a_trace(texts: tuple[str, ...], name: str | None) -> None:
    world = World()
    submit(world)
    with pytest.raises(IdempotencyMismatch):
        submit(world, *texts, name=name)
    assert len(world.database.jobs) == 1


def test_keys_of_two_owners_do_not_meet() -> None:
    world = World()
    mine = world.service.of("me").submit_once(uploads("A"), JobOptions(), key="k")
    yours = world.service.of("you").submit_once(uploads("A"), JobOptions(), key="k")
    assert mine.job.id != yours.job.id


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 256, "a\n"])
def test_a_key_is_visible_ascii(key: str) -> None:
    with pytest.raises(InvalidOption):
        submit(World(), key=key)


def overtaken(world: World, once: Callable[[], object]) -> OwnerJobs:
    """Return the verbs of a process in which something else happens once, while a file is inspected."""
    judge, due = world.context.imaging.inspect, [once]

    class Overtaken(type(world.context.imaging)):  # type: ignore[misc]  # a subclass of whatever the world has
        def inspect(self, content: object, place: int = 0, owner: str = "") -> object:
            while due:
                due.pop()()
            return judge(content, place, owner)  # type: ignore[arg-type]

    return OcrService(replace(world.context, imaging=Overtaken())).of(LOCAL_OWNER)


def test_who_comes_second_at_once_gets_the_winners_job_and_leaves_nothing() -> None:
    world = World()
    won: list[Job] = []
    late = overtaken(world, lambda: won.append(submit(world, "A").job))
    second = late.submit_once(uploads("A"), JobOptions(), key="key-1")
    assert second == Submission(won[0], replayed=True)
    assert len(world.database.jobs) == 1
    assert len(world.context.documents.keys("", 10)) == 1


def test_who_comes_second_to_a_job_that_is_deleted_already_makes_none() -> None:
    world = World()
    late = overtaken(world, lambda: world.owned.delete(submit(world, "A").job.id))
    with pytest.raises(JobGone):
        late.submit_once(uploads("A"), JobOptions(), key="key-1")
    assert not world.database.jobs
    assert world.context.documents.keys("", 10) == []


def test_a_lost_answer_is_found_by_the_key() -> None:
    world = World()
    world.jobs.after("transact", CommitUnknown("lost"))
    world.jobs.before("get", DatabaseUnavailable("away"))
    with pytest.raises(CommitUnknown):
        submit(world)
    assert submit(world).replayed
    assert len(world.owned.list()) == 1


def test_a_repeat_for_a_deleted_job_makes_no_second_one() -> None:
    world = World()
    world.owned.delete(submit(world).job.id)
    with pytest.raises(JobGone) as refused:
        submit(world)
    assert str(refused.value) == "The job of this Idempotency-Key was deleted; use a new key to submit it again."
    assert not world.database.jobs


def test_another_body_under_the_key_of_a_deleted_job_is_refused_as_of_a_live_one() -> None:
    world = World()
    world.owned.delete(submit(world).job.id)
    with pytest.raises(IdempotencyMismatch):
        submit(world, "OTHER")


def test_a_repeat_for_a_job_that_retention_deleted_makes_no_second_one() -> None:
    world = World()
    options = JobOptions(keep=timedelta(hours=1))
    world.owned.submit_once(uploads("A"), options, key="key-1")
    world.process_all()
    world.clock.advance(timedelta(hours=1))
    world.service.upkeep_once()
    assert not world.database.jobs
    with pytest.raises(JobGone):
        world.owned.submit_once(uploads("A"), options, key="key-1")


def test_a_key_is_free_again_when_the_tombstone_of_its_job_is_gone() -> None:
    world = World()
    world.owned.delete(submit(world).job.id)
    world.clock.advance(TOMBSTONE_LIFE)
    for _ in range(2):
        world.clock.advance(world.context.policy.item_timeout)
        world.service.upkeep_once()
    assert not submit(world, "OTHER").replayed


def test_a_job_that_is_deleted_while_a_repeat_reads_it_is_gone() -> None:
    world = World()
    submit(world)
    world.jobs.before("get", JobNotFound())
    with pytest.raises(JobGone):
        submit(world)


def test_a_body_is_its_options_names_bytes_and_their_order() -> None:
    def one(name: str, content: bytes) -> Upload:
        return Upload(name, io.BytesIO(content))

    base = [one("a", picture("A")), one("b", picture("B"))]
    hashes = {
        body_hash(NewJob(base, JobOptions(), None)),
        body_hash(NewJob(base[::-1], JobOptions(), None)),
        body_hash(NewJob(base[:1], JobOptions(), None)),
        body_hash(NewJob([one("c", picture("A")), base[1]], JobOptions(), None)),
        body_hash(NewJob(base, JobOptions(psm=6), None)),
        body_hash(NewJob(base, JobOptions(expires_in=timedelta(hours=1)), None)),
        body_hash(NewJob(base, JobOptions(), "name")),
        body_hash(NewJob([one("ab", picture("A")), one("", picture("B"))], JobOptions(), None)),
    }
    assert len(hashes) == 8
    again = body_hash(NewJob(base, JobOptions(), None))
    assert again in hashes


@pytest.mark.parametrize(
    ("files", "options", "name", "hashed"),
    [
        (
            ("a.png", "b.png"),
            JobOptions(("eng", "por"), "tesseract", 6, timedelta(hours=12)),
            "a name",
            "e77134be9c4d0c573f2ef9a4116cae618bc4aef70f27834b507407d42b2bfe02",
        ),
        (("a.png",), JobOptions(), None, "c2cc8f00756ad41f12a4a4e752277f02f240e81d2e40f65dab76511c0a8e829b"),
    ],
)
def test_a_key_of_release_0_1_still_names_the_same_body(
    files: tuple[str, ...], options: JobOptions, name: str | None, hashed: str
) -> None:
    uploads = [Upload(file, io.BytesIO(file[:1].upper().encode())) for file in files]
    assert body_hash(NewJob(uploads, options, name)) == hashed
