from dataclasses import replace
from datetime import timedelta

import pytest

from ocrcore.application.jobs.changes import Gone, ItemState, JobState, State
from ocrcore.application.jobs.notes import Notes
from ocrcore.testing.builders import START, a_draft, a_page

JOB = a_draft()
ITEMS = [ItemState(a_page(JOB, position), "ana") for position in range(3)]
OTHER = JobState(a_draft(2), None)


def named(name: str) -> JobState:
    return JobState(replace(JOB, name=name), None)


def note(notes: Notes[State], *states: State) -> None:
    for state in states:
        notes.note(state, state)


def test_of_a_job_only_the_latest_state_is_kept() -> None:
    notes: Notes[State] = Notes()
    note(notes, named("a"), named("b"))
    assert notes.take() == [named("b")]
    assert notes.take() == []


def test_a_job_comes_after_its_items_whenever_they_were_noted() -> None:
    notes: Notes[State] = Notes()
    note(notes, ITEMS[0], named("a"), OTHER, ITEMS[1], named("b"))
    assert notes.take() == [ITEMS[0], ITEMS[1], named("b"), OTHER]


def test_nothing_is_told_of_a_job_that_is_gone() -> None:
    notes: Notes[State] = Notes()
    gone = Gone(JOB.id, "ana")
    note(notes, named("a"), ITEMS[0], gone, named("b"), ITEMS[1], gone)
    assert notes.has(ITEMS[2])
    assert notes.take() == [gone]
    assert not notes.has(ITEMS[2])


def test_too_many_states_are_dropped_until_the_reader_begins_again() -> None:
    notes: Notes[State] = Notes(most=3)
    note(notes, *ITEMS)
    note(notes, ITEMS[0])
    assert not notes.is_behind
    note(notes, OTHER)
    assert notes.is_behind
    note(notes, named("late"))
    assert notes.take() == []
    notes.begin()
    note(notes, named("new"))
    assert notes.take() == [named("new")]


def test_what_is_gone_makes_room() -> None:
    notes: Notes[State] = Notes(most=3)
    note(notes, *ITEMS, Gone(JOB.id, "ana"), OTHER)
    assert not notes.is_behind


@pytest.mark.parametrize(("seconds", "moves"), [(-1, False), (0, False), (1, True)])
def test_a_place_only_moves_forward(seconds: int, moves: bool) -> None:  # noqa: FBT001 - a parameter
    notes: Notes[State] = Notes(START)
    assert notes.move() is None
    notes.note_place(START + timedelta(seconds=seconds))
    assert (notes.move() is not None) == moves
    assert notes.place == START + timedelta(seconds=max(0, seconds))
    assert notes.move(START) is None
