"""A client of the HTTP API, for programs and for ``ocrcore jobs``.

::

    with Client("http://127.0.0.1:8000") as client:
        job = client.submit(["a.jpg", "b.png"], languages="eng+por")
        job = client.wait(job.id, timeout=60)
        print(client.result(job.id))
"""

from entrypoints.extras import require

require("client")

from entrypoints.client.client import Client  # noqa: E402 - after the check
from entrypoints.client.errors import ApiProblem, ClientError, NoAnswer  # noqa: E402
from entrypoints.client.events import EventView, GoneView  # noqa: E402

__all__ = ["ApiProblem", "Client", "ClientError", "EventView", "GoneView", "NoAnswer"]
