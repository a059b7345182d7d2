"""The figures of the fleet arrive in CloudWatch, and a CloudWatch that fails stops nothing."""

import logging
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from adapters.aws.clients import AwsClients
from adapters.aws.fleet_monitor import CloudWatchFleetMonitor
from ocrcore.domain.fleet import Fleet, Volume, WorkerReport
from relay_server import Fault, Relay, answer, lose

_NOW = datetime.now(UTC).replace(second=0, microsecond=0)


def _fleet(*, waiting: timedelta | None = timedelta(seconds=90), unsent: timedelta | None = None) -> Fleet:
    report = WorkerReport(uuid.uuid4(), "worker", "a", 2, "nothing 1", 0.5, _NOW)
    oldest = (None if age is None else _NOW - age for age in (unsent, waiting))
    return Fleet(_NOW, [report], Volume(200, 40, *oldest))


def _averages(clients: AwsClients, namespace: str) -> dict[str, float]:
    metrics = clients.cloudwatch.list_metrics(Namespace=namespace)["Metrics"]
    averages = {}
    for metric in metrics:
        assert not metric["Dimensions"]
        (point,) = clients.cloudwatch.get_metric_statistics(
            Namespace=namespace,
            MetricName=metric["MetricName"],
            StartTime=_NOW - timedelta(hours=1),
            EndTime=_NOW + timedelta(hours=1),
            Period=7200,
            Statistics=["Average"],
        )["Datapoints"]
        averages[metric["MetricName"]] = point["Average"]
    return averages


def test_every_figure_arrives(clients: AwsClients) -> None:
    namespace = f"ocr-{uuid.uuid4()}"
    CloudWatchFleetMonitor(clients.cloudwatch, namespace).publish(_fleet(unsent=timedelta(seconds=7)))
    assert _averages(clients, namespace) == {
        "BacklogMinutes": 1.0,
        "OpenPages": 240,
        "OldestPageSeconds": 90,
        "OldestMessageSeconds": 7,
        "LiveWorkers": 1,
    }


def test_where_no_page_waits_the_oldest_has_waited_for_no_time(clients: AwsClients) -> None:
    namespace = f"ocr-{uuid.uuid4()}"
    CloudWatchFleetMonitor(clients.cloudwatch, namespace).publish(_fleet(waiting=None))
    assert _averages(clients, namespace)["OldestPageSeconds"] == 0


@pytest.mark.parametrize("faults", [[answer(403, "<Error/>")], [answer(400, "<Error/>")], [lose] * 3])
def test_a_failure_is_one_line_in_the_log(
    relayed: AwsClients, relay: Relay, caplog: pytest.LogCaptureFixture, faults: list[Fault]
) -> None:
    relay.faults.extend(faults)
    with caplog.at_level(logging.WARNING, "adapters"):
        CloudWatchFleetMonitor(relayed.cloudwatch, "ocr").publish(_fleet())
    assert [record.message for record in caplog.records] == ["figures of the fleet not published"]
