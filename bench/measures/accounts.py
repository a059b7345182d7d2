"""The calls that a page costs: statements to the database, requests to AWS."""

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pictures
from aws_deployment import aws_deployment
from counting import by_service, counted_requests, counted_statements
from entrypoints.settings import Settings
from full_load import submit, work_off
from inline_worker import MOST
from nothing import service_of_nothing
from own_process import in_own_process
from report import Figure, Table, at_most

_FEW: Final = 10
_PAGES: Final = 100
#: Statements a page, whatever the size of its job.
_MOST_STATEMENTS: Final = 10


def _statements(pages: int) -> float:
    """Return the statements for each page of a job of ``pages``, without BEGIN and COMMIT."""
    with (
        tempfile.TemporaryDirectory() as folder,
        service_of_nothing(Settings(data_dir=Path(folder), max_files=MOST)) as service,
        counted_statements() as counts,
    ):
        submit(service, pictures.png("ALPHA"), pages)
        work_off(service)
        return sum(number for word, number in counts.items() if word != "BEGIN") / pages


def _requests(pages: int) -> Counter[str]:
    """Return the requests to each AWS service for a job of ``pages``."""
    with (
        tempfile.TemporaryDirectory() as folder,
        aws_deployment(Path(folder)) as settings,
        service_of_nothing(settings) as service,
        counted_requests() as counts,
    ):
        submit(service, pictures.png("ALPHA"), pages)
        work_off(service)
        return by_service(counts)


def statement_figures(statements: Mapping[int, float]) -> Sequence[Figure]:
    """Return the statements for each page by the size of the job, and the ratio of the largest to the smallest job."""
    most = at_most(_MOST_STATEMENTS)
    return [
        *(Figure(f"statements, in a job of {pages:,}", each, "", most) for pages, each in statements.items()),
        Figure(f"statements, in a job of {MOST:,} : of {_FEW}", statements[MOST] / statements[_FEW], " x", at_most(1)),
    ]


def accounts() -> Table:
    """Count the statements and the requests."""
    statements = {pages: in_own_process(_statements, pages) for pages in (_FEW, _PAGES, MOST)}
    requests = in_own_process(_requests, _PAGES)
    each = {service: number / _PAGES for service, number in requests.items()}
    goals = {"s3": 3.0, "sqs": 0.35, "dynamodb": 0.2}
    how = (
        "Counted at full load, from the submission until the page is done, told of in the audit log and deleted from"
        " the queue; statements without BEGIN and COMMIT, one with many rows once. What a job asks for once, to be"
        f" submitted, sent, received and looked after, is shared by its pages: few in a job of {_FEW}. Requests in a"
        f" job of {_PAGES}, with two looks of upkeep."
    )
    figures = [
        *statement_figures(statements),
        *(Figure(f"requests to {service}", each[service], "", at_most(most)) for service, most in goals.items()),
        Figure("requests to AWS", sum(each.values()), "", at_most(3.6)),
    ]
    return Table("What a page asks of others", how, figures)
