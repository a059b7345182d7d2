"""The figures of the fleet in CloudWatch, which an auto-scaling group and alarms follow."""

import logging
from typing import TYPE_CHECKING

from adapters.aws.errors import MONITOR, deployment_errors
from ocrcore.domain.errors import Unavailable
from ocrcore.domain.fleet import Fleet
from ocrcore.ports.fleet_monitor import FleetMonitor

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

_log = logging.getLogger(__name__)


class CloudWatchFleetMonitor(FleetMonitor):
    """Metrics without dimensions in a namespace of this deployment. One request for all of them."""

    def __init__(self, client: "CloudWatchClient", namespace: str) -> None:
        self._client, self._namespace = client, namespace

    def publish(self, fleet: Fleet) -> None:
        """Send one value of each metric. Any failure is one warning in the log."""
        try:
            with deployment_errors(MONITOR):
                self._client.put_metric_data(Namespace=self._namespace, MetricData=_figures(fleet))
        except Unavailable as error:
            _log.warning("figures of the fleet not published", extra={"reason": str(error)})


def _figures(fleet: Fleet) -> "list[MetricDatumTypeDef]":
    volume = fleet.volume
    return [
        {"MetricName": "BacklogMinutes", "Value": fleet.minutes_to_clear},
        {"MetricName": "OpenPages", "Unit": "Count", "Value": volume.pending + volume.processing},
        {"MetricName": "OldestPageSeconds", "Unit": "Seconds", "Value": _age(fleet, volume.oldest_pending_at)},
        {"MetricName": "OldestMessageSeconds", "Unit": "Seconds", "Value": _age(fleet, volume.oldest_order_at)},
        {"MetricName": "LiveWorkers", "Unit": "Count", "Value": len(fleet.live)},
    ]


def _age(fleet: Fleet, since: "datetime | None") -> float:
    return 0.0 if since is None else max(0.0, (fleet.now - since).total_seconds())
