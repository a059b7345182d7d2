from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from adapters.sql.database import Database
from ocrcore.domain.webhook import DeliveryError
from ocrcore.testing.builders import START, TICK, StateOfRecord
from ocrcore.testing.deliveries import DeliveriesContract, a_delivery, listed, put_deliveries
from ocrcore.testing.webhooks import a_webhook, put_webhooks


class TestSqlDeliveries(DeliveriesContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record


def test_a_delivery_that_is_sent_again_while_it_is_forgotten_stays(
    sql_record: StateOfRecord, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_webhooks(sql_record, a_webhook())
    old, later = (a_delivery(number).failed(START, DeliveryError.GONE) for number in (1, 2))
    put_deliveries(sql_record, old, later)
    now = START + timedelta(days=30)
    write = database.write

    def after_renewal(change: Callable[[sa.Connection], object]) -> object:
        """Change what was found after it changed."""
        monkeypatch.undo()
        sql_record.deliveries.renew(a_webhook().id, later.id, now)
        return write(change)

    monkeypatch.setattr(database, "write", after_renewal)
    sql_record.deliveries.forget(START + TICK, 10)
    assert list(listed(sql_record)) == [later.again(now)]
