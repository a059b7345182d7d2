"""Count what a process asks of others: statements to the database, requests to AWS."""

from collections import Counter
from collections.abc import Iterator
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


@contextmanager
def counted_requests() -> Iterator[Counter[str]]:
    """Count the requests to AWS by their service."""
    counts = Counter[str]()
    make_request = Endpoint.make_request

    def counting(endpoint: Endpoint, operation: OperationModel, request: dict[str, Any]) -> object:
        counts[operation.service_model.service_name] += 1
        return make_request(endpoint, operation, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Endpoint, "make_request", counting)
        yield counts
