"""How many statements one page costs, from its submission until it is done and told of; no BEGIN, no COMMIT."""

from pathlib import Path

import pytest

import pictures
from counting import counted_statements
from entrypoints.settings import Settings
from full_load import submit, work_off
from nothing import service_of_nothing
from ocrcore import LOCAL_OWNER, JobStatus

_MOST = 10.0


def statements_per_item(root: Path, pages: int) -> float:
    with service_of_nothing(Settings(data_dir=root)) as service:
        with counted_statements() as counts:
            job = submit(service, pictures.png("ALPHA"), pages)
            work_off(service)
        assert service.of(LOCAL_OWNER).get(job.id).status is JobStatus.DONE
    return sum(number for word, number in counts.items() if word != "BEGIN") / pages


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, float]:
    return {pages: statements_per_item(tmp_path_factory.mktemp("data"), pages) for pages in (10, 100, 400)}


@pytest.mark.parametrize("pages", [10, 100, 400])
def test_a_page_costs_no_more_than_ten_statements(costs: dict[int, float], pages: int) -> None:
    assert costs[pages] <= _MOST


def test_a_page_of_a_large_job_costs_no_more_than_one_of_a_small(costs: dict[int, float]) -> None:
    assert costs[400] <= costs[100] <= costs[10]


def statements_to_submit(settings: Settings) -> int:
    with service_of_nothing(settings) as service:
        with counted_statements() as counts:
            submit(service, pictures.png("ALPHA"), 10)
        return sum(number for word, number in counts.items() if word != "BEGIN")


def test_a_quota_costs_two_statements_a_submission_and_nothing_where_none_is_set(tmp_path: Path) -> None:
    without = statements_to_submit(Settings(data_dir=tmp_path / "without"))
    assert statements_to_submit(Settings(data_dir=tmp_path / "requests", limit_requests=1)) == without
    assert statements_to_submit(Settings(data_dir=tmp_path / "items", limit_open_items=10)) == without + 2
    both = Settings(data_dir=tmp_path / "both", limit_open_items=10, limit_bytes=10**9)
    assert statements_to_submit(both) == without + 2
