"""The health check of a container: whether its process is alive, be it the API or a worker.

``serve`` answers on port 8000, and a worker where ``OCR_WORKER_HEALTH`` says, which in the image is the same port. A
container runs one of both, so one that says yes is enough. The exit status is 0 then, else 1.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException
from typing import Final
from urllib.parse import urlsplit

_API: Final = "127.0.0.1:8000"
#: Seconds for each of two places; together less than the image's HEALTHCHECK allows.
_PATIENCE: Final = 2


def is_alive(place: str) -> bool:
    """Return whether a process answers there (``address:port``), and that all of its loops move."""
    parts = urlsplit(f"//{place}")
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == 200  # noqa: PLR2004 - OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    places = dict.fromkeys((os.environ.get("OCR_WORKER_HEALTH") or _API, _API))
    sys.exit(0 if any(map(is_alive, places)) else 1)
