"""The figures of the fleet arrive in CloudWatch, and a CloudWatch that fails stops nothing."""

import logging
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.aws.clients import AwsClients
from adapters.aws.fleet_monitor import CloudWatchFleetMonitor
from ocrcore.domain.fleet import Figures, Fleet, Volume, WorkerReport
from relay_server import Fault, Relay, answer, lose

_NOW = datetime.now(UTC).replace(second=0, microsecond=0)


def _figures(
    *,
    waiting: timedelta | None = timedelta(seconds=90),
    unsent: timedelta | None = None,
    webhook: timedelta | None = None,
) -> Figures:
    report = WorkerReport(uuid.uuid4(), "worker", "a", 2, "nothing 1", 0.5, _NOW)
    oldest = (None if age is None else _NOW - age for age in (unsent, waiting))
    return Figures(Fleet(_NOW, [report], Volume(200, 40, *oldest)), 12, webhook, ended=30, failed=4)


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


def test_every_figure_arrives(clients: AwsClients, tmp_path: Path) -> None:
    namespace = f"ocr-{uuid.uuid4()}"
    monitor = CloudWatchFleetMonitor(clients.cloudwatch, namespace, [tmp_path, tmp_path / "nowhere"])
    monitor.publish(_figures(unsent=timedelta(seconds=7), webhook=timedelta(seconds=70)))
    averages = _averages(clients, namespace)
    assert averages.pop("FreeBytes") > 0
    assert averages == {
        "BacklogMinutes": 1.0,
        "OpenPages": 240,
        "OldestPageSeconds": 90,
        "OldestMessageSeconds": 7,
        "LiveWorkers": 1,
        "SearchBacklog": 12,
        "EndedPages": 30,
        "FailedPages": 4,
        "OldestWebhookSeconds": 70,
    }


def test_what_a_process_does_not_know_it_does_not_publish(clients: AwsClients) -> None:
    namespace = f"ocr-{uuid.uuid4()}"
    CloudWatchFleetMonitor(clients.cloudwatch, namespace).publish(_figures(waiting=None))
    averages = _averages(clients, namespace)
    assert averages["OldestPageSeconds"] == 0
    assert averages.keys().isdisjoint({"OldestWebhookSeconds", "FreeBytes"})  # it sends none, and was told no folder


@pytest.mark.parametrize("faults", [[answer(403, "<Error/>")], [answer(400, "<Error/>")], [lose] * 3])
def test_a_failure_is_one_line_in_the_log(
    relayed: AwsClients, relay: Relay, caplog: pytest.LogCaptureFixture, faults: list[Fault]
) -> None:
    relay.faults.extend(faults)
    with caplog.at_level(logging.WARNING, "adapters"):
        CloudWatchFleetMonitor(relayed.cloudwatch, "ocr").publish(_figures())
    assert [record.message for record in caplog.records] == ["figures of the fleet not published"]
