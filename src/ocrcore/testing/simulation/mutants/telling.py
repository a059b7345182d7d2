"""Mistakes of what is told to the audit log."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from ocrcore.testing.simulation.fakes import Fakes


def untold(action: str) -> Callable[[Fakes], Fakes]:
    """Return what makes commits that do this to a job and leave no entry for the log."""

    def spoil(fakes: Fakes) -> Fakes:
        class Silent:
            """Jobs of which one thing is never told."""

            def transact(self, job_id: UUID, *args: object, **item: object) -> object:
                transact: Callable[..., object] = fakes.context.jobs.transact
                unsent = fakes.tables.unsent
                before = set(unsent)
                answer = transact(job_id, *args, **item)
                for number in [number for number in unsent if number not in before]:
                    if unsent[number].action == action:
                        del unsent[number]
                return answer

            def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the jobs have
                return getattr(fakes.context.jobs, name)

        silent: Any = Silent()
        return replace(fakes, context=replace(fakes.context, jobs=silent))

    return spoil
