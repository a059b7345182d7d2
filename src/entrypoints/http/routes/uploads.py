"""The routes of drafts, whose files are uploaded to addresses: announce, renew, upload, submit."""

import asyncio
import time
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, post, put
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from entrypoints.http.access import PUBLIC, address_of, share_of
from entrypoints.http.announcement import read_announcement
from entrypoints.http.dependencies import AppSettings, Heavy, Jobs, Room, Sender, Service
from entrypoints.http.documentation import ReceivingOperation, problem_responses
from entrypoints.http.key_look import while_alive
from entrypoints.http.middleware.proxies import public_base
from entrypoints.http.middleware.request_id import cause_of
from entrypoints.http.owner_threads import shared_as
from entrypoints.http.parameters import JOBS, UPLOADS, UploadEnd, UploadKey, UploadSignature, UploadSize, job_uuid
from entrypoints.http.routes.jobs import job_view
from entrypoints.http.upload import files_in_time, full_disk_told, require_plain
from entrypoints.http.upload_room import Spool
from entrypoints.overtaken import PATIENCE, PAUSE
from entrypoints.settings import Settings
from ocrcore import Job, OcrService, OwnerJobs
from ocrcore.application.jobs.draft import Draft
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import JobNotFound, UploadMismatch, UploadRefused
from ocrcore.domain.instants import format_instant
from ocrcore.domain.uploads import SubmitSuperseded
from ocrcore.formats.views import DraftView, JobView, UploadView
from ocrcore.ports.uploads import UploadGrant

#: The last second of an address that can be told from its query.
_LAST: Final = 2**32


async def announce(
    request: Request[Any, Any, Any], service: OcrService, jobs: OwnerJobs, settings: Settings, key: str | None
) -> Response[Any]:
    """Make a draft of the files that the JSON body announces."""
    announcement = await read_announcement(request, settings.policy, settings.max_body_bytes)
    options = service.default_options.changed(announcement.fields)
    draft = await sync_to_thread(
        jobs.draft,
        announcement.files,
        options,
        name=announcement.fields.get("name"),
        request_id=cause_of(request.scope),
        key=key,
    )
    headers = {"location": f"{JOBS}/{draft.job.id}"} | ({"idempotency-replayed": "true"} if draft.replayed else {})
    return Response(await sync_to_thread(_draft_view, request, jobs, draft), status_code=201, headers=headers)


@post(
    f"{JOBS}/{{job_id:str}}/uploads",
    status_code=200,
    sync_to_thread=True,
    tags=["jobs"],
    responses=problem_responses(404, 409),
)
def renew_uploads(request: Request[Any, Any, Any], jobs: Jobs, job_id: FromPath[str]) -> DraftView:
    """Return a draft with new addresses for its files. Earlier ones stay valid until they expire."""
    return _draft_view(request, jobs, jobs.renew_addresses(job_uuid(job_id)))


@post(f"{JOBS}/{{job_id:str}}/submit", status_code=202, tags=["jobs"], responses=problem_responses(404, 409, 413, 415))
async def submit_draft(
    request: Request[Any, Any, Any], jobs: Jobs, sender: Sender, heavy: Heavy, job_id: FromPath[str]
) -> Response[JobView]:
    """Submit a draft whose files were uploaded. Repeated, it returns the same job."""
    try:
        made = await heavy.run(jobs.submit_draft, job_uuid(job_id), request_id=cause_of(request.scope))
        job, send = made.job, None if made.replayed else sender.after_answer(made.job.id)
    except SubmitSuperseded:
        job, send = await _submitted_by_another(jobs, job_uuid(job_id)), None
    headers = {"location": f"{JOBS}/{job.id}"}
    view = await sync_to_thread(job_view, jobs, job)
    return Response(view, status_code=202, headers=headers, background=send)


@put(
    f"{UPLOADS}/{{job_id:str}}/{{number:int}}",
    status_code=204,
    tags=["jobs"],
    opt=PUBLIC,  # the address is signed
    operation_class=ReceivingOperation,
    responses=problem_responses(404, 415),
)
async def receive_upload(  # noqa: PLR0913, PLR0917 - the framework passes each by its name
    request: Request[Any, Any, Any],
    service: Service,
    settings: AppSettings,
    room: Room,
    heavy: Heavy,
    job_id: FromPath[str],
    number: FromPath[int],
    size: UploadSize = 0,
    expires: UploadEnd = 0,
    key_id: UploadKey = None,
    signature: UploadSignature = "",
) -> None:
    """Take a file of a draft, at an address that was given for it."""
    require_plain(request)
    grant = _grant(job_id, number, size, expires, key_id)
    owner = await sync_to_thread(service.check_upload, grant, signature)
    sharer = share_of(Caller(owner), address_of(request.scope)) if settings.auth == "none" else owner
    with room.spool(sharer) as spool:
        with full_disk_told():
            async with while_alive(partial(service.check_key_of, grant)):
                await _spool(request, spool, grant, settings)
        with shared_as(sharer):
            await heavy.run(service.receive_upload, grant, spool.file(0, spool.size))


async def _spool(request: Request[Any, Any, Any], spool: Spool, grant: UploadGrant, settings: Settings) -> None:
    """Read the body. One that is too long is not read to its end."""
    most = min(grant.size, settings.policy.max_file_bytes)
    async for chunk in files_in_time(request):
        if spool.size + len(chunk) > most:
            msg = f"The upload has more than the {most} bytes that were announced."
            raise UploadMismatch(msg).at(grant.number)
        spool.write(chunk)


def _grant(job_id: str, number: int, size: int, expires: int, key_id: str | None) -> UploadGrant:
    """Return the grant of an address. Raises ``UploadRefused`` if there is none that it can be of."""
    if not 0 <= expires <= _LAST:
        raise UploadRefused
    try:
        return UploadGrant(job_uuid(job_id), number, size, "", datetime.fromtimestamp(expires, UTC), key_id)
    except JobNotFound as error:
        raise UploadRefused from error


async def _submitted_by_another(jobs: OwnerJobs, job_id: UUID) -> Job:
    """Return the job when the submit that overtook this one has made it. Raises ``SubmitSuperseded`` if it does not."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        await asyncio.sleep(PAUSE)
        job = await sync_to_thread(jobs.get, job_id)
        if job.submitted_at is not None:
            return job
    raise SubmitSuperseded


def _draft_view(request: Request[Any, Any, Any], jobs: OwnerJobs, draft: Draft) -> DraftView:
    uploads = [
        UploadView(
            index,
            address.method,
            f"{public_base(request.scope)}{address.url}" if address.url.startswith("/") else address.url,
            dict(address.fields),
            format_instant(address.expires_at),
        )
        for index, address in enumerate(draft.addresses)
    ]
    return DraftView(job_view(jobs, draft.job), uploads)
