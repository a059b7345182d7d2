"""Mutants of the audit log."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from ocrcore.testing.simulation.fakes import Fakes


def untold(action: str) -> Callable[[Fakes], Fakes]:
    """Return a change of the fakes after which commits leave no entry with this action."""

    def spoil(fakes: Fakes) -> Fakes:
        class Silent:
            """Jobs without events of one action."""

            def transact(self, job_id: UUID, *args: object, **item: object) -> object:
                transact: Callable[..., object] = fakes.context.jobs.transact
                unsent = fakes.tables.unsent
                before = set(unsent)
                result = transact(job_id, *args, **item)
                for number in [number for number in unsent if number not in before]:
                    if unsent[number].action == action:
                        del unsent[number]
                return result

            def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the type of any attribute
                return getattr(fakes.context.jobs, name)

        silent: Any = Silent()
        return replace(fakes, context=replace(fakes.context, jobs=silent))

    return spoil
