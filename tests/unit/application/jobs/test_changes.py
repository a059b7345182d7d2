from collections import Counter
from collections.abc import Callable, Container
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from ocrcore import LOCAL_OWNER, Edit, Item, OcrService, Place
from ocrcore.application.jobs.changes import Everything, Gone, Interest, ItemState, JobState, State
from ocrcore.domain.errors import DatabaseUnavailable, JobNotFound
from ocrcore.domain.job import Job
from ocrcore.domain.time_limits import EVENT_OVERLAP
from worlds import World, uploads

ALL = Everything()
OVERLAP = int(EVENT_OVERLAP.total_seconds())


class Counting:
    """A port whose calls are counted.

    ``fails`` makes the next of one verb fail; ``invalid`` makes each fail that reads the rows of a job.
    """

    def __init__(self, port: object) -> None:
        self._port = port
        self.calls = Counter[str]()
        self.fails = ""
        self.invalid = "", UUID(int=0)

    def __getattr__(self, verb: str) -> Any:  # noqa: ANN401 - any verb
        def call(*args: object) -> object:
            self.calls[verb] += 1
            if verb == self.fails:
                self.fails = ""
                raise DatabaseUnavailable
            if verb == self.invalid[0] and any(
                self.invalid[1] in given for given in args if isinstance(given, Container)
            ):
                raise ValueError
            return getattr(self._port, verb)(*args)

        return call


class Watched(World):
    """A service whose looks at changes are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.counting = Counting(self.context.changes)
        changes: Any = self.counting
        self.counted = OcrService(replace(self.context, changes=changes))
        self.watch = self.counted.watch()

    def look(self, *owners: str, interest: Interest = ALL) -> list[State]:
        found = self.watch.look(owners or (LOCAL_OWNER,), interest)
        return [state for states in found for state in states.states]

    def add(self, *texts: str, owner: str = LOCAL_OWNER) -> Job:
        return self.service.of(owner).submit(uploads(*texts))


def told(states: list[State]) -> list[tuple[str, UUID]]:
    return [(type(state).__name__, state.item.id if isinstance(state, ItemState) else state.job_id) for state in states]


def test_a_look_counts_when_it_came_to_its_end() -> None:
    world = Watched()
    world.add("A")
    made = world.watch.looked_at
    world.tick(seconds=5)
    look = world.watch.look([LOCAL_OWNER], ALL)
    next(look)
    assert world.watch.looked_at == made
    assert list(look)
    assert world.watch.looked_at == made + timedelta(seconds=5)


def test_a_look_tells_what_changed_since_the_last() -> None:
    world = Watched()
    job, other = world.add("A", "B"), world.add("C")
    assert told(world.look()) == [("JobState", job.id), ("JobState", other.id)]
    assert world.look() == []
    world.service.of(LOCAL_OWNER).rename(other.id, "new name")
    (state,) = world.look()
    assert isinstance(state, JobState)
    assert (state.job.name, state.job_id) == ("new name", other.id)


def test_items_come_before_their_job_and_only_those_that_changed() -> None:
    world = Watched()
    job = world.add(*"ABCDE")
    world.look()
    world.receive()
    world.claim()
    changed = told(world.look())
    (item_id,) = {found for kind, found in changed if kind == "ItemState"}
    assert changed == [("ItemState", item_id), ("JobState", job.id)]
    world.process_all()
    assert Counter(kind for kind, _ in told(world.look())) == {"ItemState": 4, "JobState": 1}


def test_an_item_is_told_without_its_text() -> None:
    world = Watched()
    world.add("A")
    world.process_all()
    item, job = world.look()
    assert isinstance(item, ItemState)
    assert isinstance(job, JobState)
    assert (item.item.status, item.item.ocr_text, job.job.status) == ("DONE", None, "DONE")


def test_corrections_and_marks_of_pages_are_told() -> None:
    world = Watched()
    job = world.add("HELO", "WORLD")
    world.process_all()
    first, _ = world.items(job)
    world.look()
    changes: list[Callable[[], Item]] = [
        lambda: world.owned.correct(first.id, 0, [Edit(Place(0, 0), "HELLO")]),
        lambda: world.owned.review(first.id),
        lambda: world.owned.review(first.id, reviewed=False),
    ]
    for change in changes:
        change()
        item, seen = world.look()
        assert isinstance(item, ItemState)
        assert item.item == replace(world.owned.item(first.id), recognised_text=None, corrected_text=None)
        assert seen == JobState(world.owned.get(job.id), None)
    world.owned.review(first.id, reviewed=False)  # as it is already
    assert world.look() == []


def test_a_look_costs_one_query_while_nothing_changes_however_many_owners_ask() -> None:
    world = Watched()
    world.add("A")
    world.look()
    for owners in ([LOCAL_OWNER], [LOCAL_OWNER, *map(str, range(500))]):
        world.counting.calls.clear()
        world.look(*owners)
        assert world.counting.calls == {"since": 1}


def test_what_nobody_wants_is_not_read() -> None:
    class Nothing(Everything):
        def wants(self, job_id: UUID, owner: str) -> bool:  # noqa: ARG002 - the interface
            return False

    class NoItems(Everything):
        def wants_items(self, job_id: UUID, owner: str) -> bool:  # noqa: ARG002 - the interface
            return False

    world = Watched()
    world.add("A")
    world.process_all()
    assert world.look(interest=Nothing()) == []
    assert world.counting.calls == {"since": 1}
    assert [type(state) for state in world.look(interest=NoItems())] == [JobState]
    assert world.counting.calls["items"] == 0


def test_a_deleted_job_is_gone_once() -> None:
    world = Watched()
    job = world.add("A")
    world.look()
    world.service.of(LOCAL_OWNER).delete(job.id)
    assert world.look() == [Gone(job.id, LOCAL_OWNER)]
    assert world.look() == []


@pytest.mark.parametrize(("late", "is_told"), [(OVERLAP - 1, True), (OVERLAP + 1, False)])
def test_a_change_that_is_committed_late_is_told_within_the_bound(late: int, is_told: bool) -> None:  # noqa: FBT001
    world = Watched()
    first = world.add("A")
    world.tick(seconds=late)
    hidden = world.database.jobs.pop(first.id)  # its transaction has read the clock, and is not committed yet
    second = world.add("B")
    assert told(world.look()) == [("JobState", second.id)]
    world.database.jobs[first.id] = hidden
    assert told(world.look()) == ([("JobState", first.id)] if is_told else [])


def test_the_first_look_goes_back_to_the_making_of_the_watch_however_late_it_comes() -> None:
    world = Watched()
    job = world.add("A")
    world.tick(hours=3)  # as when a machine sleeps just then
    assert told(world.look()) == [("JobState", job.id)]


def test_a_look_makes_up_for_one_that_failed() -> None:
    world = Watched()
    job = world.add("A")
    world.look()
    world.process_all()
    for verb in ("since", "jobs", "items"):
        world.counting.fails = verb
        with pytest.raises(DatabaseUnavailable):
            world.look()
        world.tick(minutes=10)
    assert [kind for kind, _ in told(world.look())] == ["ItemState", "JobState"]
    assert world.look() == []
    assert world.service.of(LOCAL_OWNER).get(job.id).status == "DONE"


@pytest.mark.parametrize("verb", ["jobs", "items"])
def test_a_job_that_contradicts_itself_ends_nobodys_stream(verb: str, caplog: pytest.LogCaptureFixture) -> None:
    world = Watched()
    owners = ("ana", "bob", "eve")
    jobs = [world.add("A", owner=owner) for owner in owners for _ in range(3)]
    world.process_all()
    wrong = jobs[4].id
    world.counting.invalid = verb, wrong
    found = [state for state in world.look(*owners) if state.job_id != wrong]
    others = sorted(job.id for job in jobs if job.id != wrong)
    assert sorted({state.job_id for state in found if isinstance(state, JobState)}) == others
    assert sorted({state.job_id for state in found if isinstance(state, ItemState)}) == others
    assert {record.job_id for record in caplog.records} == {str(wrong)}  # type: ignore[attr-defined] # an extra
    assert world.look(*owners) == []
    world.counting.invalid = "", wrong
    world.service.of("bob").rename(wrong, "mended")
    (item,) = world.service.of("bob").items(wrong)
    assert told(world.look(*owners)) == [("ItemState", item.id), ("JobState", wrong)]
    assert world.look(*owners) == []


def test_many_changes_are_read_in_batches() -> None:
    world = Watched()
    jobs = [world.add("A") for _ in range(250)]
    assert {job.id for job in jobs} == {state.job_id for state in world.look()}
    assert world.counting.calls["jobs"] == 3
    big = world.add(*map(str, range(900)))
    world.look()
    world.service.of(LOCAL_OWNER).cancel(big.id)
    found = [len(states.states) for states in world.watch.look([LOCAL_OWNER], ALL)]
    assert sum(found) == 901
    assert max(found) <= 500


def test_an_owner_is_told_nothing_of_others() -> None:
    world = Watched()
    mine, others = world.add("A", owner="ana"), world.add("B", owner="bob")
    assert told(world.look("ana")) == [("JobState", mine.id)]
    assert told(world.look("ana", "bob")) == [("JobState", others.id)]
    since = world.clock.now()
    of_bob = [state for found in world.service.of("bob").states_since(since) for state in found.states]
    assert told(of_bob) == [("JobState", others.id)]
    with pytest.raises(JobNotFound):
        next(world.service.of("bob").states_of(mine.id))
    world.service.of("ana").delete(mine.id)
    for place in (None, since):
        with pytest.raises(JobNotFound):
            next(world.service.of("bob").states_of(mine.id, place))


def test_who_resumes_is_told_what_changed_since_a_minute_before() -> None:
    world = World()
    jobs = []
    for _ in range(3):
        jobs.append(world.service.of(LOCAL_OWNER).submit(uploads("A")))
        world.tick(seconds=OVERLAP + 5)
    place = world.clock.now() - timedelta(seconds=OVERLAP + 5)  # the third was submitted then
    states = [state for found in world.service.of(LOCAL_OWNER).states_since(place) for state in found.states]
    assert told(states) == [("JobState", jobs[2].id)]
    place -= timedelta(seconds=6)
    states = [state for found in world.service.of(LOCAL_OWNER).states_since(place) for state in found.states]
    assert told(states) == [("JobState", jobs[1].id), ("JobState", jobs[2].id)]


def test_each_batch_says_from_where_a_reader_may_resume() -> None:
    world = World()
    for _ in range(150):
        world.service.of(LOCAL_OWNER).submit(uploads("A"))
        world.tick(seconds=1)
    found = list(world.service.of(LOCAL_OWNER).states_since(world.clock.now() - timedelta(minutes=5)))
    assert [len(states.states) for states in found if states.states] == [100, 50]
    places = [states.resume_at for states in found if states.resume_at]
    assert places == sorted(places)
    assert len(places) == 2


def test_the_states_of_a_job_end_with_the_job() -> None:
    world = World()
    jobs = world.service.of(LOCAL_OWNER)
    job = jobs.submit(uploads("A", "B"))
    world.process_all()
    states = [state for found in jobs.states_of(job.id) for state in found.states]
    assert [type(state) for state in states] == [ItemState, ItemState, JobState]
    assert [type(s) for found in jobs.states_of(job.id, items=False) for s in found.states] == [JobState]
    world.tick(hours=1)
    assert [type(s) for found in jobs.states_of(job.id) for s in found.states] == [JobState]


def test_a_job_that_was_deleted_is_gone_for_whoever_resumes() -> None:
    world = World()
    jobs = world.service.of(LOCAL_OWNER)
    job = jobs.submit(uploads("A"))
    place = world.clock.now()
    jobs.delete(job.id)
    assert [state for found in jobs.states_of(job.id, place) for state in found.states] == [Gone(job.id, LOCAL_OWNER)]
    with pytest.raises(JobNotFound):
        next(jobs.states_of(job.id))
