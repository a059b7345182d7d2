import pytest
import sqlalchemy as sa

from adapters.sql.database import Database
from lost_words import lose_and_repair
from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.search import SearchContract


class TestSqlSearchIndex(SearchContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record


def test_words_that_the_text_index_has_lost_are_told_and_added_again(
    database: Database, sql_record: StateOfRecord
) -> None:
    lose = sa.text("DELETE FROM search_terms WHERE number = :number AND term LIKE 'word7%'")
    lose_and_repair(database, sql_record, lambda number, _: (lose, {"number": number}))
