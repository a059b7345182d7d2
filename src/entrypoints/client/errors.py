"""What a request may come to.

::

    ClientError
    ├── ApiProblem      the service said no, and why
    └── NoAnswer        nobody answered, or not as this API does
"""

from typing import Any

import httpx

from ocrcore.domain.errors import OcrError

#: What a service that is away for a while answers with.
UNAVAILABLE = 503


class ClientError(OcrError):
    """A request that did not work."""


class NoAnswer(ClientError):
    """Nobody answered, or not as this API does; whether the request was carried out is not known."""


class ApiProblem(ClientError):
    """The service said no: ``str()`` is one sentence that says what to do."""

    def __init__(
        self, code: str, sentence: str, *, status: int, index: int | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(sentence)
        #: A code of the closed list, or one that is newer than this client.
        self.code = code
        self.status = status
        #: The position of the offending file in the submission, from 0, if it was one file.
        self.index = index
        #: What the operator finds the request by.
        self.request_id = request_id


def raise_for_problem(response: httpx.Response) -> None:
    """Return if the request worked; the body of one that did not has been read. Raises :class:`ClientError`."""
    if response.is_success:
        return
    fields = _fields(response)
    if not isinstance(fields.get("code"), str):
        msg = f"{response.url.host} answered {response.status_code}, and not as ocrcore does; is it the right address?"
        raise NoAnswer(msg)
    index = fields.get("index")
    raise ApiProblem(
        fields["code"],
        str(fields.get("detail", fields["code"])),
        status=response.status_code,
        index=index if isinstance(index, int) else None,
        request_id=str(fields.get("instance", "")).removeprefix("urn:uuid:") or None,
    )


def _fields(response: httpx.Response) -> dict[str, Any]:
    try:
        fields = response.json()
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
