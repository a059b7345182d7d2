"""Clients: simulated users of the service, who do what users do and check the responses."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from ocrcore.application.jobs.search import Hits
from ocrcore.domain.correction import Edit, Place
from ocrcore.domain.errors import (
    CommitUnknown,
    DatabaseUnavailable,
    ItemNotFound,
    JobNotFound,
    OcrError,
    Unauthenticated,
)
from ocrcore.domain.job import Job
from ocrcore.testing.simulation.drafting import Drafting
from ocrcore.testing.simulation.editing import Editing
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, START, Kernel, Process, micros
from ocrcore.testing.simulation.key_ring import KeyRing
from ocrcore.testing.simulation.plan import Plan
from ocrcore.testing.simulation.processes import Processes
from ocrcore.testing.simulation.submitting import Submitting
from ocrcore.testing.simulation.subscribing import Subscribing
from ocrcore.testing.simulation.world import World

#: The longest wait for the end of the minute for which some jobs are kept.
_LONG_KEPT: Final = 180 * SECOND
#: How long a client waits for its own other draft.
_PATIENCE: Final = 1800 * SECOND
#: What every page has.
_COMMON: Final = "simulated page"
#: The actions of clients, repeated in proportion to their frequency.
_ACTIONS: Final = (
    *("submit",) * 3,
    *("submit_with_key",) * 3,
    "submit_bad",
    *("submit_partial",) * 2,
    *("repeat",) * 2,
    *("outstay",) * 2,
    *("draft",) * 3,
    *("read",) * 4,
    *("items",) * 2,
    *("result",) * 2,
    "timeline",
    "list",
    "search",
    "rename",
    *("cancel",) * 2,
    *("retry",) * 3,
    *("delete",) * 2,
    *("correct",) * 3,
    "review",
    "pry",
)
#: Operation -> the action that calls it, added to histories about this operation.
_CALLED_FOR: Final = {
    "jobs.list": "list",
    "jobs.item": "items",
    "jobs.items": "items",
    "jobs.find": "submit_with_key",
    "tombstones.find": "submit_with_key",
    "due_work.leftovers": "outstay",
    "documents.keys": "delete",
    "documents.delete": "delete",
    "tombstones.get": "delete",
    "tombstones.replace": "delete",
    "audit.timeline": "timeline",
    "jobs.get": "read",
    "uploads.stat": "draft",
    "uploads.open": "draft",
    "uploads.copy": "draft",
    "search.find": "search",
    "jobs.corrections": "correct_later",
    "jobs.least_sure": "review",
    "search.remove": "delete",
    "api_keys.list": "keys listed",
    "api_keys.change": "keys",
    "api_keys.mark_logged": "keys",
    "history_log.write": "keys",
    "webhooks.get": "hooks deliveries",
    "webhooks.list": "hooks list",
    "webhooks.change": "hooks create",
    "deliveries.add": "hooks ping",
    "deliveries.renew": "hooks redeliver",
    "deliveries.list": "hooks deliveries",
    "deliveries.drop": "hooks delete",
    "receivers.check": "hooks create",
}

#: Actions that are more frequent where there are quotas.
_FOR_QUOTAS: Final = (*("drafts",) * 6, *("swap",) * 6)

#: Verbs on jobs and on items that clients try on another owner's.
_OF_JOBS: Final = (
    "get",
    "items",
    "result",
    "timeline",
    "rename",
    "cancel",
    "retry",
    "delete",
    "submit_draft",
    "renew_addresses",
)
_OF_ITEMS: Final = ("item", "item_result", "item_image", "page_text", "review", "correct")
#: The allowed responses to such tries: those to an id that does not exist.
_BARRED: Final = (JobNotFound, ItemNotFound)
_AWAY: Final = (DatabaseUnavailable, CommitUnknown, Unauthenticated)


class Client(Submitting):
    """A client of one owner, who submits jobs, asks about them, and changes them."""

    def __init__(self, kernel: Kernel, world: World, processes: Processes, owner: str, plan: Plan) -> None:
        super().__init__(kernel, world, processes, owner)
        self._operation = plan.operation
        self._has_quota = plan.quoted
        self._called_for = _CALLED_FOR.get(plan.operation)
        self._keys = KeyRing(self, kernel, world, owner, processes.house) if plan.keyed else None
        self._hooks = None if world.hooks is None else Subscribing(self, kernel, world.fakes.tables, world.hooks, owner)
        #: Whether it has made all its requests.
        self.done = False

    def live(self) -> None:
        """Submit a job, then perform random actions."""
        random = self._kernel.random
        self.submit_something()
        possible = (*_ACTIONS, *("keys",) * 5) if self._keys else _ACTIONS
        possible = (*possible, *("hooks",) * 8) if self._hooks else possible
        possible = (*possible, *_FOR_QUOTAS) if self._has_quota else possible
        actions = [random.choice(possible) for _ in range(random.randrange(1, 6))]
        if self._called_for:
            actions.insert(random.randrange(len(actions) + 1), self._called_for)
        for action in actions:
            self._kernel.sleep(int(random.random() * random.choice((1, 10, 30)) * SECOND))
            self._do(action)
        self.done = True

    def _do(self, action: str) -> None:
        about_nothing: dict[str, Callable[[], object]] = {
            "submit_partial": self._submit_partial,
            "repeat": self._repeat,
            "outstay": self._outstay,
            "draft": self._draft,
            "drafts": self._draft_twice,
            "list": self._list,
            "pry": self._pry,
        }
        if action in about_nothing:
            about_nothing[action]()
        elif action.startswith("submit"):
            self._submit(keyed=action == "submit_with_key", bad=action == "submit_bad")
        elif action.startswith("keys"):
            self._live_by_keys(action)
        elif action.startswith("hooks"):
            self._live_with_hooks(action.removeprefix("hooks").strip())
        elif self._jobs:
            verbs: dict[str, Callable[[UUID], None]] = {"delete": self.delete}
            verb = verbs.get(action) or getattr(self, f"_{action}")
            verb(self._kernel.random.choice(self._jobs))

    def _live_by_keys(self, action: str) -> None:
        if self._keys:
            (self._keys.list if action == "keys listed" else self._keys.live)()

    def _live_with_hooks(self, act: str) -> None:
        if self._hooks:
            self._hooks.live(act)

    def _draft(self) -> None:
        Drafting(self, self._kernel, self._world, self._owner, self.processes.house).live()

    def _draft_twice(self) -> None:
        """Announce two drafts from two places at the same time."""
        done = []

        def draft() -> None:
            self._draft()
            done.append(True)

        self._kernel.spawn(self.processes.house, f"twin-{self._owner}", draft)
        self._draft()
        self._kernel.sleep(_PATIENCE, lambda: bool(done))

    def _outstay(self) -> None:
        """Submit a job that may be retried, and do so at the moment when a process finds that its time is over."""
        job_id = self._submit_partial(keep=timedelta(minutes=1))
        live = self.processes.live("")
        if job_id is None or not live:
            return
        process, keeping = self._kernel.random.choice(live), self._world.checker.commits.keeping
        self._kernel.sleep(_LONG_KEPT, lambda: job_id in keeping.found.get(process, ()) or process.dead, of=process)
        self._retry(job_id)

    def _about(self, job_id: UUID, verb: Callable[[Process], Any], intent: str = "") -> Any:  # noqa: ANN401 - the type of any response
        """Make a request about an own job, and compare the response with earlier ones."""
        clocks: list[int] = []

        def ask(process: Process) -> Any:  # noqa: ANN401 - the type of any response
            clocks.append(self._kernel.now + process.skew)
            return verb(process)

        asked_at, leaps = self._kernel.now, self._kernel.leaps
        answer = self.ask(ask, intent)
        if isinstance(answer, OcrError):
            self.check_error(answer)
        if isinstance(answer, JobNotFound) and not self._client_history.may_be_gone(job_id):
            self._kernel.fail(Invariant.ITEM_PER_PAGE, f"job {job_id}, which {self._owner} was told of, is not found")
        if isinstance(answer, Job):
            self._compare(job_id, answer)
            late = micros(answer.sqs_retention_deadline - START) <= clocks[0]
            set_meanwhile = leaps != self._kernel.leaps or self._kernel.disturbed_at >= asked_at
            if late and answer.is_open and not set_meanwhile:
                self._kernel.fail(
                    Invariant.FINISHED_IN_TIME, f"job {job_id} is shown as {answer.status} after its deadline"
                )
        return answer

    def _compare(self, job_id: UUID, job: Job) -> None:
        if job.id != job_id or job.owner != self._owner:
            self._kernel.fail(
                Invariant.OWNERS_APART, f"{self._owner} asked for job {job_id} and was shown {job.id} of {job.owner}"
            )
        if self._client_history.seen.get(job_id) == "DONE" and job.status != "DONE":
            self._kernel.fail(Invariant.ALLOWED_STEPS, f"job {job_id} was DONE and is {job.status}")
        self._client_history.seen[job_id] = job.status

    def _read(self, job_id: UUID) -> None:
        self._about(job_id, lambda process: self.verbs(process).get(job_id))

    def _items(self, job_id: UUID) -> None:
        items = self._about(job_id, lambda process: self.verbs(process).items(job_id))
        if isinstance(items, list) and items:
            item_id = items[0].id
            self.ask(lambda process: self.verbs(process).item(item_id))

    def _result(self, job_id: UUID) -> None:
        layouts = self._kernel.random.random() < 0.5

        def read(process: Process) -> list[str]:
            pages = self.verbs(process).result(job_id).pages
            return [page.read_layout().text if layouts else page.text for page in pages]

        texts = self._about(job_id, read)
        if isinstance(texts, list):
            sent = {page.text for page in self._client_history.told[job_id].pages}
            # The checker of commits decides whether the first reading of a page on its head may stand.
            corrections = self._world.checker.commits.corrections
            ids = [item.id for item in self._world.fakes.tables.items_of(job_id)]
            strange = [
                text
                for text in texts
                if text
                and not {text, text[::-1]} & sent
                and not any(corrections.is_text(item_id, text) for item_id in ids)
                and job_id in self._world.fakes.tables.jobs
            ]
            if strange:
                self._kernel.fail(Invariant.OWN_TEXT, f"the result of job {job_id} holds {strange}")

    def _correct(self, job_id: UUID) -> None:
        Editing(self, self._kernel, self._world, self._owner).live(job_id)

    def _correct_later(self, job_id: UUID) -> None:
        Editing(self, self._kernel, self._world, self._owner).wait_and_live(job_id)

    def _review(self, job_id: UUID) -> None:
        """List the pages that nobody has looked at, and mark one."""
        del job_id
        items = self.ask(lambda process: self.verbs(process).least_sure(reviewed=False))
        if isinstance(items, list) and items:
            item = self._kernel.random.choice(items)
            if item.reviewed_at is not None or item.status.value != "DONE":
                self._kernel.fail(Invariant.OWNERS_APART, f"{self._owner} was shown {item} to look at")
            self.ask(lambda process: self.verbs(process).review(item.id), "review")

    def _timeline(self, job_id: UUID) -> None:
        entries = self._about(job_id, lambda process: self.verbs(process).timeline(job_id))
        if isinstance(entries, list) and any(entry.job_id != job_id for entry in entries):
            self._kernel.fail(Invariant.OWNERS_APART, f"the timeline of job {job_id} tells of others")

    def _list(self) -> None:
        jobs = self.ask(lambda process: self.verbs(process).list())
        if isinstance(jobs, list):
            for job in jobs:
                if job.owner != self._owner or job.submitted_at is None:
                    self._kernel.fail(Invariant.OWNERS_APART, f"{self._owner} was shown job {job.id} of {job.owner}")

    def _search(self, job_id: UUID) -> None:
        """Search for a page of an own job by its text, or for what the pages of all owners have."""
        text = self._kernel.random.choice(
            (self._kernel.random.choice(self._client_history.told[job_id].pages).text, "")
        )
        was_done = self._client_history.seen.get(job_id) == "DONE"
        hits = self.ask(lambda process: self.verbs(process).search(f'"{text or _COMMON}"'))
        if isinstance(hits, OcrError):
            self.check_error(hits)
        if not isinstance(hits, Hits):
            return
        if any(text not in hit.snippet or f" {self._owner} " not in hit.snippet for hit in hits.hits):
            self._kernel.fail(Invariant.OWNERS_APART, f"{self._owner} searched for {text!r} and was shown {hits.hits}")
        is_found = job_id in {hit.job_id for hit in hits.hits} or self._client_history.may_be_gone(job_id)
        is_read = any(item.ocr_text == text for item in self._world.fakes.tables.items_of(job_id))  # else blank, or cut
        is_expected = was_done and text and is_read and self._operation != "due_work.unindexed"
        if is_expected and not is_found:
            self._kernel.fail(Invariant.SEARCHABLE_WHEN_DONE, f"job {job_id} is DONE, and {text!r} is not found")

    def _rename(self, job_id: UUID) -> None:
        name = f"name {self._kernel.now}"
        self._about(job_id, lambda process: self.verbs(process).rename(job_id, name), "rename")

    def _cancel(self, job_id: UUID) -> None:
        self._about(job_id, lambda process: self.verbs(process).cancel(job_id), "cancel")

    def _swap(self, job_id: UUID) -> None:
        """Cancel a job, submit another in its place, and retry it."""
        self._cancel(job_id)
        self.submit_something()
        self._retry(job_id)

    def _retry(self, job_id: UUID) -> None:
        request_id = self._client_history.told[job_id].request_id
        self._about(job_id, lambda process: self.verbs(process).retry(job_id, request_id=request_id), "retry")

    def delete(self, job_id: UUID) -> None:
        self._client_history.deleting.add(job_id)

        def delete(process: Process) -> str:
            self.verbs(process).delete(job_id)
            return "deleted"

        answer = self._about(job_id, delete, "delete")
        if isinstance(answer, JobNotFound):
            self._kernel.fail(
                Invariant.DELETION_COMPLETE,
                f"job {job_id} was deleted by its owner, and is not found at another delete",
            )
        if answer == "deleted":
            self._client_history.deleted.add(job_id)
            if job_id in self._world.fakes.tables.jobs:
                self._kernel.fail(Invariant.DELETION_COMPLETE, f"job {job_id} was deleted, and is still there")

    def _pry(self) -> None:
        """Try a verb on another owner's job or item."""
        foreign = [job_id for job_id, told in self._client_history.told.items() if told.owner != self._owner]
        if not foreign:
            return
        job_id = self._kernel.random.choice(foreign)
        verb = self._kernel.random.choice((*_OF_JOBS, *_OF_ITEMS))
        target = job_id
        if verb in _OF_ITEMS:
            target = next((item.id for item in self._world.fakes.tables.items_of(job_id)), job_id)
        given: dict[str, tuple[Any, ...]] = {"rename": ("stolen",), "correct": (0, [Edit(Place(0, 0), "stolen")])}
        words = given.get(verb, ())
        answer = self.ask(lambda process: getattr(self.verbs(process), verb)(target, *words), "pry")
        is_unknown = isinstance(answer, _BARRED) and str(answer) == type(answer).sentence
        if answer is not None and not is_unknown and not isinstance(answer, _AWAY):
            self._kernel.fail(
                Invariant.OWNERS_APART, f"{self._owner} asked to {verb} {target} of another and got {answer!r}"
            )


def owners(count: int) -> tuple[str, ...]:
    """Return the names of this many owners."""
    return ("ana", "bo", "cy")[:count]
