"""Mutants of keys and owners."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from ocrcore.application.access.keyed_jobs import KeyedJobs
from ocrcore.application.jobs import change, owner_jobs
from ocrcore.application.verdicts import Verdicts
from ocrcore.domain.api_key import ApiKey
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.testing.simulation.fakes import Fakes
from ocrcore.testing.simulation.mutants.replacing import replaced


def kept_verdict() -> AbstractContextManager[None]:
    """A verdict about a key is kept for as long as the process lives."""

    def recall(verdicts: Verdicts, key_id: str, _now: datetime) -> tuple[ApiKey | None] | None:
        found = verdicts._looks.get(key_id)  # noqa: SLF001 - the mutant replaces a method of it
        return None if found is None else (found[1],)

    return replaced(Verdicts, "recall", recall)


def not_asked_again() -> AbstractContextManager[None]:
    """A submission is committed without another look at its key."""
    return replaced(KeyedJobs, "_require_alive", lambda _jobs, _transaction: None)


def held_for_ever() -> AbstractContextManager[None]:
    """A request that is held does not look at its key again."""
    return replaced(owner_jobs, "require_alive", lambda _context, _caller: None)


def deathless_key() -> AbstractContextManager[None]:
    """The end of a key is forgotten; only a revocation counts."""
    return replaced(ApiKey, "is_alive", lambda key, _now: key.revoked_at is None)


def owner_forgotten_in_change() -> AbstractContextManager[None]:
    """A command on a job that is known by its id asks for no owner."""
    return replaced(change, "require_owner", lambda _job, _owner: None)


def owner_of_everything(verb: str) -> Callable[[Fakes], Fakes]:
    """Return a change of the fakes after which one query of jobs forgets the owner."""

    def spoil(fakes: Fakes) -> Fakes:
        tables, jobs = fakes.tables, fakes.context.jobs

        def find(_owner: str, key: str) -> Job | None:
            used = (job for job in tables.jobs.values() if job.idempotency is not None and job.is_shown)
            return next((job for job in used if job.idempotency and job.idempotency.value == key), None)

        def listed(owner: str, *args: Any) -> list[Job]:  # noqa: ANN401 - the types of any list
            owners = dict.fromkeys([owner, *(job.owner for job in tables.jobs.values())])
            return [job for each in owners for job in jobs.list(each, *args)]

        def get(job_id: UUID, owner: str) -> Job:
            job = tables.jobs.get(job_id)
            return jobs.get(job_id, owner if job is None else job.owner)

        def least_sure(owner: str, *args: Any, **named: Any) -> list[Item]:  # noqa: ANN401 - those of the port
            owners = dict.fromkeys([owner, *(job.owner for job in tables.jobs.values())])
            return [item for each in owners for item in jobs.least_sure(each, *args, **named)]

        def owner_of(item_id: UUID, owner: str) -> str:
            item = tables.items.get(item_id)
            job = None if item is None else tables.jobs.get(item.job_id)
            return owner if job is None else job.owner

        verbs: dict[str, Callable[..., object]] = {
            "item": lambda item_id, owner: jobs.item(item_id, owner_of(item_id, owner)),
            "find": find,
            "list": listed,
            "get": get,
            "least_sure": least_sure,
        }

        class Careless:
            """Jobs whose verb forgets the owner."""

            def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the type of any attribute
                return verbs[name] if name == verb else getattr(jobs, name)

        careless: Any = Careless()
        return replace(fakes, context=replace(fakes.context, jobs=careless))

    return spoil


def listed_to_everybody(port: str) -> Callable[[Fakes], Fakes]:
    """Return a change of the fakes after which the list of a port, of keys or webhooks, forgets the owner."""

    def spoil(fakes: Fakes) -> Fakes:
        tables, right = fakes.tables, getattr(fakes.context, port)

        class Careless:
            """A port whose list forgets the owner."""

            def list(self, owner: str, *args: Any, **named: Any) -> list[Any]:  # noqa: ANN401 - the types of any list
                owners = dict.fromkeys([owner, *(row.owner for row in getattr(tables, port).values())])
                return [row for each in owners for row in right.list(each, *args, **named)]

            def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the type of any attribute
                return getattr(right, name)

        changed: dict[str, Any] = {port: Careless()}
        return replace(fakes, context=replace(fakes.context, **changed))

    return spoil


def search_of_everything(fakes: Fakes) -> Fakes:
    """A search finds the pages of everybody."""
    tables, search = fakes.tables, fakes.context.search

    class Careless:
        """A search index that forgets the owner."""

        def find(self, owner: str, *args: Any) -> object:  # noqa: ANN401 - the types of any search
            owners = dict.fromkeys([owner, *(job.owner for job in tables.jobs.values())])
            every = [search.find(each, *args) for each in owners]
            return replace(every[0], found=[match for matches in every for match in matches.found])

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the type of any attribute
            return getattr(search, name)

    careless: Any = Careless()
    return replace(fakes, context=replace(fakes.context, search=careless))
