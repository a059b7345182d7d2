"""The forms of pages, as browsers send them."""

from typing import Any, Final

from litestar import Request
from litestar.datastructures.multi_dicts import FormMultiDict

from entrypoints.http.problems import HttpProblem
from ocrcore import ProblemCode

#: Most fields of a form. A field costs far more than its bytes, and all of them are read at once, while every other
#: request waits. The largest form has two for each line of a page, and a newspaper has some 2,000.
MOST_FIELDS: Final = 20_000
_TOO_MANY: Final = f"The form has more than {MOST_FIELDS} fields; correct the page in smaller parts."


async def form_of(request: Request[Any, Any, Any]) -> FormMultiDict:
    """Return the form in the body of a request. Raises ``HttpProblem`` for one with too many fields."""
    if request.headers.get("content-type", "").startswith("multipart/"):  # of a thousand parts at most
        return await request.form()
    if (await request.body()).count(b"&") >= MOST_FIELDS:
        raise HttpProblem(ProblemCode.BODY_TOO_LARGE, _TOO_MANY)
    return await request.form()
