"""Drafts: files that are announced, uploaded to the addresses of the answer, and submitted."""

from __future__ import annotations

import mimetypes
import os
import uuid
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from entrypoints.client.errors import ApiProblem, NoAnswer, raise_for_problem
from entrypoints.client.repeating import send_repeatedly
from entrypoints.client.uploading import watch_upload
from entrypoints.client.views import read_answer, view
from entrypoints.job_options import as_text, as_unicode
from ocrcore.domain.idempotency import IdempotencyKey
from ocrcore.domain.uploads import AnnouncedFile
from ocrcore.formats.views import DraftView, JobView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

    import httpx

    from entrypoints.client.connection import Connection
    from entrypoints.client.uploading import OnSent
    from ocrcore import Upload
    from ocrcore.formats.views import UploadView

#: Seconds that the service may take to inspect the uploads of a job.
_SUBMIT: Final = 300.0
_UNKNOWN: Final = "application/octet-stream"


def draft(api: Connection, files: Sequence[AnnouncedFile], key: str | None, options: Mapping[str, object]) -> DraftView:
    """Announce the files, under one idempotency key for every try."""
    used = IdempotencyKey.chosen(key or str(uuid.uuid4()), "")  # raises if a header cannot hold it
    body: dict[str, Any] = {**as_text(options), "uploads": [asdict(file) for file in files]}
    answer = api.call_repeatedly("POST", "/jobs", json=body, headers={"idempotency-key": used.value})
    return read_answer(view(DraftView), answer)


def renew(api: Connection, job: str) -> DraftView:
    """Return the draft with new addresses."""
    return read_answer(view(DraftView), api.call_repeatedly("POST", f"{job}/uploads"))


def submit(api: Connection, job: str) -> JobView:
    """Submit the draft."""
    answer = api.call_repeatedly("POST", f"{job}/submit", timeout=api.patience(_SUBMIT))
    return read_answer(view(JobView), answer)


def upload(api: Connection, address: UploadView, content: BinaryIO, on_sent: OnSent | None = None) -> None:
    """Send a file to an address, which needs no key: it may be another service's, and must not learn this one's.

    ``on_sent`` is called as by :func:`watch_upload`, from the beginning again for each try.
    """

    def send() -> httpx.Response:
        content.seek(0)
        if address.method == "POST":
            body: dict[str, Any] = {"data": address.fields, "files": {"file": content}}
        else:
            body = {"content": content}
        request = api.outside.build_request(address.method, address.url, **body)
        if on_sent is not None:
            watch_upload(request, on_sent)
        return api.outside.send(request)

    with api.no_answer(address.url):
        answer = send_repeatedly(send, api.pauses)
        if address.method == "PUT" or answer.is_success:
            raise_for_problem(answer)
            return
    msg = f"The store of uploads refused a file ({answer.status_code}); its address may have expired."
    raise UploadNotTaken(msg)


class UploadNotTaken(NoAnswer):
    """A store that is not this service refused an upload."""


def announced(uploads: Sequence[Upload]) -> list[AnnouncedFile]:
    """Return what is to be announced of these files."""
    return [
        AnnouncedFile(
            as_unicode(upload.filename),
            upload.content.seek(0, os.SEEK_END),
            mimetypes.guess_type(upload.filename)[0] or _UNKNOWN,
        )
        for upload in uploads
    ]


def send_all(api: Connection, made: DraftView, uploads: Sequence[Upload], on_sent: OnSent | None = None) -> None:
    """Upload all files of a draft; addresses that ended meanwhile are renewed.

    ``on_sent`` is called with the bytes of all files that are sent, without what an address wants around them, and
    their total.
    """
    addresses = made.uploads
    sizes = [file.size for file in announced(uploads)]
    for address in made.uploads:  # empty if an earlier call with the same key submitted the job
        content = uploads[address.index].content
        heard = on_sent and _of_all(on_sent, sizes, address.index)
        try:
            upload(api, addresses[address.index], content, heard)
        except (ApiProblem, UploadNotTaken) as refused:
            if isinstance(refused, ApiProblem) and refused.code != "not-found":
                raise
            addresses = renew(api, f"/jobs/{made.job.id}").uploads
            upload(api, addresses[address.index], content, heard)


def _of_all(on_sent: OnSent, sizes: Sequence[int], index: int) -> OnSent:
    """Return a function that adds the files before this one to what is sent of it."""
    before, size = sum(sizes[:index]), sizes[index]
    return lambda sent, _: on_sent(before + min(sent, size), sum(sizes))
