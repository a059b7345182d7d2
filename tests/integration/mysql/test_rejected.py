from collections.abc import Mapping
from datetime import datetime

import pytest
import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.rejected import SqlRejectedMessages
from adapters.sql.tables import REJECTED
from ocrcore.testing.rejected import Kept, RejectedMessagesContract


class TestSqlRejectedMessages(RejectedMessagesContract):
    @pytest.fixture
    def rejections(self, database: Database) -> Kept:
        def kept() -> Mapping[str, tuple[str, datetime]]:
            with database.reading() as connection:
                rows = connection.execute(sa.select(REJECTED))
                return {row.message_id: (row.body, row.at) for row in rows}

        return SqlRejectedMessages(database), kept
