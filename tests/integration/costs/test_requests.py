"""How many requests to AWS one page costs at full load, from its submission until it is done and told of."""

from collections import Counter
from collections.abc import Iterator

import pytest

import pictures
from aws_deployment import aws_deployment
from counting import by_service, counted_requests
from full_load import submit, work_off
from nothing import service_of_nothing
from ocrcore import LOCAL_OWNER, JobStatus

_PAGES = 100


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter[str]]:
    """Return how many requests of each operation a job of so many pages took."""
    with (
        aws_deployment(tmp_path_factory.mktemp("mysql")) as settings,
        service_of_nothing(settings) as service,
        counted_requests() as counts,
    ):
        job = submit(service, pictures.png("ALPHA"), _PAGES)
        work_off(service)
        assert service.of(LOCAL_OWNER).get(job.id).status is JobStatus.DONE
        yield counts


@pytest.mark.parametrize(("service", "most"), [("s3", 3.0), ("sqs", 0.35), ("dynamodb", 0.2)])
def test_a_page_costs_few_requests(requests: Counter[str], service: str, most: float) -> None:
    allowance = 3 if service != "s3" else 1  # looks that find nothing, once a round of upkeep and not once a page
    assert by_service(requests)[service] <= most * _PAGES + allowance
