"""Answers that are written before they are sent, and the room that they share."""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

import pytest

from entrypoints.http.client_gone import ClientGone
from entrypoints.http.problems import HttpProblem
from entrypoints.http.spooled import Spools, spooled
from ocrcore.domain.codes import ProblemCode

MOST = 100


def request(spools: Spools) -> Any:  # noqa: ANN401 - what ASGI takes
    return spools({}, None, None)  # type: ignore[arg-type]  # the application below looks at none of them


def answering(size: int, end: asyncio.Event, note: Callable[[BaseException | None], None]) -> Spools:
    """Return an application whose answers have this size, and are sent until the end."""

    async def app(*_: object) -> None:
        try:
            spooled(iter([bytes(size)]))
        except HttpProblem as problem:
            note(problem)
            return
        note(None)
        await end.wait()

    return Spools(app, MOST)


def test_answers_that_are_being_sent_share_their_room() -> None:
    notes: list[BaseException | None] = []

    async def main() -> None:
        end = asyncio.Event()
        spools = answering(60, end, notes.append)
        first = asyncio.create_task(request(spools))
        await asyncio.sleep(0)
        await request(spools)
        end.set()
        await first
        await request(spools)

    asyncio.run(main())
    first, refused, later = notes
    assert first is later is None
    assert isinstance(refused, HttpProblem)
    assert refused.code is ProblemCode.BUSY


def test_a_single_answer_has_room_however_long_it_is() -> None:
    notes: list[BaseException | None] = []

    async def main() -> None:
        end = asyncio.Event()
        end.set()
        await request(answering(10 * MOST, end, notes.append))

    asyncio.run(main())
    assert notes == [None]


def test_what_is_written_after_the_client_went_away_takes_no_room() -> None:
    kept: list[Callable[[], object]] = []

    async def app(*_: object) -> None:
        context = copy_context()
        kept.append(lambda: context.run(spooled, iter([b"late"])))

    asyncio.run(request(Spools(app, MOST)))
    with pytest.raises(ClientGone):
        kept[0]()
