"""An event loop whose clock stands still while anything is done, and moves to the next timer when nothing is.

What takes seconds takes none, and on a busy machine no longer than on an idle one.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


class DrivenLoop(asyncio.SelectorEventLoop):
    """Waits for threads by the real clock, and for timers by none."""

    def __init__(self) -> None:
        super().__init__()
        self._now, self._busy = 0.0, 0

    def time(self) -> float:
        """Return the seconds that have passed on its clock."""
        return self._now

    def run_in_executor(
        self, executor: Executor | None, func: Callable[..., Any], *args: object
    ) -> asyncio.Future[Any]:
        """Run a function in a thread; the clock stands still until it returns."""
        future = super().run_in_executor(executor, func, *args)
        self._busy += 1
        future.add_done_callback(self._note_done)
        return future

    def _note_done(self, _: object) -> None:
        self._busy -= 1

    def _run_once(self) -> None:
        if not self._ready and not self._busy and self._scheduled:  # type: ignore[attr-defined]
            self._now = max(self._now, self._scheduled[0].when())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


def drive(patch: pytest.MonkeyPatch, loop: DrivenLoop, *modules: ModuleType) -> None:
    """Let modules take the time from the clock of a loop."""
    for module in modules:
        patch.setattr(module, "time", SimpleNamespace(monotonic=loop.time))
