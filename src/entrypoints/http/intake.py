"""Intake: the body of a submission becomes a job, for every route that takes files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request

from entrypoints.http.heavy_work import HeavyWork
from entrypoints.http.middleware.request_id import cause_of
from entrypoints.http.parameters import JOBS
from entrypoints.http.upload import read_submission
from entrypoints.http.upload_room import UploadRoom
from ocrcore import OcrService, OwnerJobs, Policy
from ocrcore.application.jobs.submit_once import Submission
from ocrcore.domain.errors import InvalidOption


@dataclass(frozen=True, slots=True)
class Intake:
    """Makes one job of all files of a body, or none."""

    service: OcrService
    policy: Policy
    room: UploadRoom
    heavy: HeavyWork

    async def job(self, request: Request[Any, Any, Any], jobs: OwnerJobs, *, is_form: bool = False) -> Submission:
        """Return the job of a request, or the earlier one of its idempotency key. No message is sent yet.

        ``is_form`` tells that a browser sent it, which also sends the fields that nobody filled in; they count as
        missing. Raises ``HttpProblem`` and the errors of a submission. The files of the body are gone when this
        returns.
        """
        async with read_submission(request, self.policy, self.room, jobs.require_alive) as submission:
            fields = {name: text for name, text in submission.fields.items() if text.strip() or not is_form}
            options = self.service.default_options.changed(fields)
            about = {"name": fields.get("name"), "request_id": cause_of(request.scope)}
            key = idempotency_key(request)
            if key is not None:
                return await self.heavy.run(jobs.submit_once, submission.uploads, options, key=key, **about)
            return Submission(await self.heavy.run(jobs.submit, submission.uploads, options, **about), replayed=False)


def headers_of(made: Submission) -> Mapping[str, str]:
    """Return the headers that tell the client of its job."""
    return {"location": f"{JOBS}/{made.job.id}"} | ({"idempotency-replayed": "true"} if made.replayed else {})


def idempotency_key(request: Request[Any, Any, Any]) -> str | None:
    """Return the idempotency key of the submission, or None. Raises ``InvalidOption`` if it has several."""
    keys = request.headers.getall("idempotency-key", [])
    if len(keys) > 1:
        msg = "There are several Idempotency-Key headers; send one."
        raise InvalidOption(msg)
    return keys[0] if keys else None
