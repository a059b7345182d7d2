import pytest

from mysql_server import MysqlServer
from planted_suites import FOUND_BY, broken


@pytest.fixture(scope="module")
def found(server: MysqlServer) -> set[str]:  # noqa: ARG001 - where there is no server, this skips
    return broken()


@pytest.mark.parametrize("planted", FOUND_BY)
def test_a_planted_bug_breaks_its_promise(planted: str, found: set[str]) -> None:
    assert planted in found
