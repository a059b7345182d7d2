"""Count what a process asks of others: statements to the database, requests to AWS."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from botocore.endpoint import Endpoint
from botocore.model import OperationModel


@contextmanager
def counted_statements() -> Iterator[Counter[str]]:
    """Count the statements of every connection by their first word."""
    counts = Counter[str]()

    def count(*about: object) -> None:
        counts[str(about[2]).split(None, 1)[0].upper()] += 1

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    try:
        yield counts
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", count)


def by_service(requests: Mapping[str, int]) -> Counter[str]:
    """Sum the requests of each service."""
    counts = Counter[str]()
    for name, number in requests.items():
        counts[name.split(" ", 1)[0]] += number
    return counts


@contextmanager
def counted_requests() -> Iterator[Counter[str]]:
    """Count the requests to AWS by service and operation, as ``s3 GetObject``."""
    counts = Counter[str]()
    make_request = Endpoint.make_request

    def counting(endpoint: Endpoint, operation: OperationModel, request: dict[str, Any]) -> object:
        counts[f"{operation.service_model.service_name} {operation.name}"] += 1
        return make_request(endpoint, operation, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Endpoint, "make_request", counting)
        yield counts
