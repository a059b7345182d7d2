from collections.abc import Iterator

import pytest

from adapters.sql.database import Database
from adapters.sql.due_work import SqlDueWork
from adapters.sql.jobs import SqlJobs
from integration.mysql.wire import Cut, wire_to
from mysql_server import MysqlServer
from ocrcore.domain.errors import CommitUnknown
from ocrcore.ports.jobs import JobTransaction
from ocrcore.testing.builders import START, TICK, a_draft, a_page, submit


@pytest.fixture
def cut(request: pytest.FixtureRequest, server: MysqlServer, database: Database) -> Iterator[SqlJobs]:  # noqa: ARG001 - empty
    """Jobs at the end of a wire whose every connection is cut at a commit."""
    with wire_to(server.port, request.param) as port:
        wired = Database(server.url("ocr", port=port))
        yield SqlJobs(wired)
        wired.close()


@pytest.mark.parametrize(("cut", "stored"), [(Cut.BEFORE_IT_ARRIVES, 0), (Cut.BEFORE_THE_ANSWER, 1)], indirect=["cut"])
def test_a_commit_without_an_answer_is_unknown_and_the_row_tells(database: Database, cut: SqlJobs, stored: int) -> None:
    with pytest.raises(CommitUnknown):
        cut.add(a_draft())
    assert SqlDueWork(database).drafts(START + TICK, 10) == [a_draft().id] * stored


@pytest.mark.parametrize("cut", Cut, indirect=True)
def test_a_decision_is_not_made_again_after_an_unknown_commit(database: Database, cut: SqlJobs) -> None:
    job = submit(SqlJobs(database), a_draft())
    decided: list[int] = []

    def decide(transaction: JobTransaction) -> None:
        decided.append(1)
        transaction.enqueue([a_page(job)], START)

    with pytest.raises(CommitUnknown):
        cut.transact(job.id, decide)
    assert decided == [1]
