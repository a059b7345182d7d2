"""Answers that are written before they are sent, and the room that they share."""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, Literal, NoReturn, cast

import pytest
from litestar import Litestar, Response, get, route
from litestar.params import FromQuery
from litestar.testing import TestClient
from litestar.types import ASGIApp, Message, Receive, Scope, Send

import entrypoints.http.spooled as spooled_module
from entrypoints.http.client_gone import ClientGone
from entrypoints.http.problems import HttpProblem
from entrypoints.http.spooled import SpooledResponse, Spools, spooled
from ocrcore.domain.codes import ProblemCode
from ocrcore.domain.errors import StorageFull

MOST = 100


def request(spools: Spools, owner: str | None = None) -> Any:  # noqa: ANN401 - what ASGI takes
    scope: Any = {"owner": owner}
    return spools(scope, None, None)  # type: ignore[arg-type]  # the application below looks at none of them


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

    return Spools(app, MOST, sharer=lambda scope: cast("dict[str, Any]", scope)["owner"])


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


def is_busy(note: BaseException | None) -> bool:
    return isinstance(note, HttpProblem) and note.code is ProblemCode.BUSY


def test_one_owner_never_has_all_of_the_room_for_answers() -> None:
    notes: list[BaseException | None] = []

    async def main() -> None:
        end = asyncio.Event()
        spools = answering(30, end, notes.append)
        sent = [asyncio.create_task(request(spools, "ana")) for _ in range(10)]
        await asyncio.sleep(0)
        assert [is_busy(note) for note in notes] == [False] + 9 * [True]
        sent.append(asyncio.create_task(request(spools, "bob")))
        await asyncio.sleep(0)
        assert notes[10] is None
        end.set()
        await asyncio.gather(*sent)
        await request(spools, "ana")
        assert notes[11:] == [None]

    asyncio.run(main())


def test_an_answer_larger_than_all_of_the_room_leaves_the_others_their_half() -> None:
    notes: list[BaseException | None] = []

    async def main() -> None:
        end = asyncio.Event()
        asked = [(10 * MOST, "ana"), (1, "ana"), (MOST // 2, "bob"), (1, "bob"), (1, "cem")]
        spools = [answering(size, end, notes.append) for size, _ in asked]
        for others in spools[1:]:
            others._room = spools[0]._room
        sent = [asyncio.create_task(request(one, owner)) for one, (_, owner) in zip(spools, asked, strict=True)]
        await asyncio.sleep(0)
        assert [is_busy(note) for note in notes] == [False, True, False, True, True]
        end.set()
        await asyncio.gather(*sent)
        await request(spools[4], "cem")
        assert notes[5:] == [None]

    asyncio.run(main())


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


def test_a_long_view_is_sent_from_a_file_and_a_short_one_as_it_is() -> None:
    @get("/", response_class=SpooledResponse, sync_to_thread=False)
    def view(length: FromQuery[int]) -> dict[str, str]:
        return {"text": "x" * length}

    chunks: list[int] = []

    def noting(app: ASGIApp) -> ASGIApp:
        async def noted(scope: Scope, receive: Receive, send: Send) -> None:
            async def sent(message: Message) -> None:
                chunks.append(len(message.get("body", b"")))  # type: ignore[arg-type]  # of either kind
                await send(message)

            await Spools(app, 1_000_000)(scope, receive, sent)

        return noted

    with TestClient(Litestar([view], middleware=[noting], logging_config=None)) as client:
        for length in (10, 300_000):
            chunks.clear()
            answer = client.get("/", params={"length": length})
            assert (answer.status_code, answer.json()) == (200, {"text": "x" * length})
            assert answer.headers["content-type"] == "application/json"
            assert int(answer.headers["content-length"]) == length + 11
            assert max(chunks) <= 1 << 16


BUSY = HttpProblem(ProblemCode.BUSY, "busy")


@pytest.mark.parametrize(
    ("method", "error", "status"),
    [("GET", BUSY, 503), ("POST", BUSY, 200), ("GET", StorageFull(), 200), ("POST", StorageFull(), 200)],
)
def test_a_change_is_answered_whatever_has_no_room_and_a_look_on_a_full_disk(
    monkeypatch: pytest.MonkeyPatch, method: Literal["GET", "POST"], error: Exception, status: int
) -> None:
    @route("/", http_method=[method], response_class=SpooledResponse, status_code=200, sync_to_thread=False)
    def long() -> str:
        return "x" * 300_000

    def refuse(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(spooled_module, "spooled", refuse)
    handlers: dict[int | type[Exception], Any] = {HttpProblem: lambda *_: Response("", status_code=503)}
    with TestClient(Litestar([long], exception_handlers=handlers, logging_config=None)) as client:
        answer = client.request(method, "/")
        assert (answer.status_code, len(answer.content) == 300_000) == (status, status == 200)
