"""Drafts of a simulated client, who uploads files to addresses, and submits them once, twice, or at the same time."""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from ocrcore.application.jobs.draft import Draft
from ocrcore.domain.errors import OcrError, QuotaExceeded
from ocrcore.domain.job import Job
from ocrcore.domain.uploads import AnnouncedFile
from ocrcore.testing.simulation.client_history import Announced, ClientHistory, Submitted
from ocrcore.testing.simulation.kernel import SECOND, Kernel, Process
from ocrcore.testing.simulation.world import World

if TYPE_CHECKING:
    from ocrcore.testing.simulation.clients import Client

#: What a client does with a draft, in proportion to its frequency.
_ACTS: Final = (*("submit",) * 3, *("twice",) * 6, *("upload",) * 2, "renew", "delete")
#: The chance of a file that is uploaded at first, of one that is no picture, and of an upload after the submit.
_UPLOADED, _BAD, _LATE = 0.9, 0.1, 0.4
#: How long a client waits for its own other request.
_PATIENCE: Final = 600 * SECOND
#: Most turns of others before an upload that happens during a submit.
_TURNS: Final = 24


@dataclass(slots=True)
class _Made:
    """A draft that the client was told of."""

    id: UUID
    #: The texts of each file's pages, with room for the number of the upload.
    texts: tuple[tuple[str, ...], ...]
    #: The keys of its uploads, and the instant until which the store takes them, in microseconds.
    until: int
    uploads: int = 0
    #: Whether a submit was answered with the job.
    is_job: bool = False


class Drafting:
    """One draft of a client, from the announcement to whatever becomes of it. The store takes uploads itself."""

    def __init__(self, client: "Client", kernel: Kernel, world: World, owner: str, house: Process) -> None:
        self._client, self._kernel, self._world, self._owner, self._house = client, kernel, world, owner, house
        self._history: ClientHistory = world.checker.client_history

    def live(self) -> None:
        """Announce, upload, and act a few times."""
        random = self._kernel.random
        made = self._announce()
        if made is None:
            return
        for index in range(len(made.texts)):
            if random.random() < _UPLOADED:
                self._upload(made, index)
        for _ in range(random.randrange(2, 6)):
            self._kernel.sleep(int(random.random() * random.choice((1, 5, 30)) * SECOND))
            self._act(made, random.choice(_ACTS))
        if random.random() < _LATE:
            self._upload(made, 0)

    def _act(self, made: _Made, act: str) -> None:
        match act:
            case "submit":
                self._submit(made)
            case "twice":
                self._submit_twice(made)
            case "upload":
                self._upload(made, self._kernel.random.randrange(len(made.texts)))
            case "renew":
                self._renew(made)
            case _:
                self._client.delete(made.id)

    def _announce(self) -> _Made | None:
        random = self._kernel.random
        number = len(self._history.drafts)
        texts = tuple(
            tuple(
                f"simulated page {self._owner} draft {number}.{file}.{page} upload "
                for page in range(random.choice((1, 1, 2)))
            )
            for file in range(random.choice((1, 1, 2)))
        )
        files = [AnnouncedFile(f"{index}.png", len(self._content(pages, 0))) for index, pages in enumerate(texts)]
        key = f"draft-{number}" if random.random() < 0.5 else None
        for _ in range(2 if key else 1):
            asked_at = self._kernel.now
            answer = self._client.ask(
                lambda process: self._client.verbs(process).draft(files, name=f"draft {number}", key=key), "draft"
            )
            if isinstance(answer, Draft):
                self._history.drafts.setdefault(answer.job.id, Announced(self._owner, [{} for _ in texts]))
                return _Made(answer.job.id, texts, self._end(answer))
            if isinstance(answer, QuotaExceeded):
                wanted = len(files), sum(file.size for file in files)
                self._world.checker.quotas.refused(self._owner, asked_at, wanted)
            if isinstance(answer, OcrError):
                self._client.check_error(answer)
        return None

    def _end(self, draft: Draft) -> int:
        end = min((self._kernel.at(address.expires_at) for address in draft.addresses), default=0)
        told = self._history.drafts[draft.job.id]
        told.until = max(told.until, end)
        return end

    def _content(self, pages: tuple[str, ...], upload: int) -> bytes:
        """Return a file; all uploads of one file have the same size."""
        return self._world.fakes.document([f"{page}{upload:03}" for page in pages])

    def _upload(self, made: _Made, index: int) -> None:
        """Upload a file, if its address is still valid."""
        if self._kernel.now >= made.until:
            return
        made.uploads += 1
        pages = made.texts[index]
        content = self._content(pages, made.uploads)
        texts = tuple(f"{page}{made.uploads:03}" for page in pages)
        if self._kernel.random.random() < _BAD:
            content, texts = b"no picture".ljust(len(content), b"!"), ()
        self._history.drafts[made.id].uploaded[index][content] = texts
        self._world.fakes.context.uploads.store(f"uploads/{made.id}/{index}", io.BytesIO(content))

    def _submit(self, made: _Made) -> None:
        request_id = f"request-{len(self._history.submissions)}"
        submitted = Submitted(request_id, self._owner, (), ())
        self._history.submissions[request_id] = submitted

        def submit(process: Process) -> Job:
            return self._client.verbs(process).submit_draft(made.id, request_id=request_id).job

        answer = self._client.ask(submit, "submit")
        if isinstance(answer, Job):
            made.is_job = True
            self._client.accepted(self._history.submissions[self._world.checker.commits.source[made.id]], answer)
        elif isinstance(answer, OcrError):
            submitted.answer = type(answer).__name__
            self._client.refused(submitted, answer)

    def _submit_twice(self, made: _Made) -> None:
        """Submit from two places at the same time, with an upload in between or not."""
        random, done = self._kernel.random, []

        def submit() -> None:
            self._submit(made)
            done.append(True)

        self._kernel.spawn(self._house, f"twin-{self._owner}", submit)
        if random.random() < 0.8:
            for _ in range(random.randrange(_TURNS)):
                self._kernel.step_aside()
            self._upload(made, random.randrange(len(made.texts)))
        if random.random() < 0.5:
            self._submit(made)
        self._kernel.sleep(_PATIENCE, lambda: bool(done))

    def _renew(self, made: _Made) -> None:
        answer = self._client.ask(lambda process: self._client.verbs(process).renew_addresses(made.id))
        if isinstance(answer, Draft):
            made.until = self._end(answer)
        elif isinstance(answer, OcrError):
            self._client.check_error(answer)
