"""Threads for heavy work, and what an owner may do once at a time."""

import asyncio
import threading

import pytest

from entrypoints.http.heavy_work import HeavyWork
from entrypoints.http.problems import HttpProblem
from ocrcore import ProblemCode
from ocrcore.testing.patience import FOREVER


def test_what_takes_as_long_as_somebody_likes_takes_one_thread_of_an_owner() -> None:
    heavy, over = HeavyWork(), threading.Event()

    async def ask() -> None:
        first = asyncio.ensure_future(heavy.run_alone("ana", over.wait, FOREVER))
        await asyncio.sleep(0)
        with pytest.raises(HttpProblem) as refused:
            await heavy.run_alone("ana", over.wait, FOREVER)
        assert refused.value.code is ProblemCode.BUSY
        assert await heavy.run_alone("bob", str, 1) == "1"
        assert await heavy.run(str, 2) == "2"
        over.set()
        assert await first
        assert await heavy.run_alone("ana", str, 3) == "3"
        with pytest.raises(ValueError, match="invalid"):
            await heavy.run_alone("ana", int, "x")
        assert await heavy.run_alone("ana", str, 4) == "4"

    asyncio.run(ask())
    heavy.close()
