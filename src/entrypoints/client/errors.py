"""The errors of the client.

::

    ClientError
    ├── ApiProblem      the service answered with a problem
    └── NoAnswer        no answer, or one that is not of this API
"""

from collections.abc import Sequence
from typing import Any

import httpx

from ocrcore.domain.errors import OcrError
from ocrcore.formats.views import ItemView

#: The status of an answer while a service is unavailable.
UNAVAILABLE = 503
#: The status of an answer when no page has a text.
_NO_TEXT = 422


class ClientError(OcrError):
    """A request that failed."""


class NoAnswer(ClientError):
    """There was no answer, or one that is not of this API. Whether the request was carried out is unknown."""


class ApiProblem(ClientError):
    """The service answered with a problem: ``str()`` is one sentence that says what to do.

    With the code ``edit-conflict``, ``revision`` is the one that the page has now, and ``texts`` has, for each place
    that was to be changed, the line, the word or None, and the text that is shown there now.
    """

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        status: int,
        index: int | None = None,
        request_id: str | None = None,
        revision: int | None = None,
        texts: Sequence[tuple[int, int | None, str]] = (),
    ) -> None:
        super().__init__(sentence)
        #: A code of ``ProblemCode``, or one that is newer than this client.
        self.code = code
        #: The HTTP status.
        self.status = status
        #: The position of the refused file in the submission, from 0, or None.
        self.index = index
        #: The request id, by which the operator finds the request in the log.
        self.request_id = request_id
        self.revision, self.texts = revision, texts


def page_failed(item: ItemView) -> ApiProblem:
    """Return the problem that the service answers when no page of a job has a text, of which this is the first."""
    sentence = f"{item.filename}, page {item.page}: {item.error_msg}"
    return ApiProblem(item.error_code or "internal-error", sentence, status=_NO_TEXT)


def raise_for_problem(response: httpx.Response) -> None:
    """Raise :class:`ClientError` unless the request succeeded. The body of a failed one must have been read."""
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
        revision=fields.get("revision"),
        texts=[(place["line"], place["word"], place["text"]) for place in fields.get("corrections", ())],
    )


def problem_code(response: httpx.Response) -> str:
    """Return the code of a problem, whose body must have been read; empty for any other answer."""
    return "" if response.is_success else str(_fields(response).get("code", ""))


def _fields(response: httpx.Response) -> dict[str, Any]:
    try:
        fields = response.json()
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
