"""The figures of the fleet in CloudWatch, which an auto-scaling group and alarms follow."""

import logging
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.aws.errors import MONITOR, deployment_errors
from ocrcore.domain.errors import Unavailable
from ocrcore.domain.fleet import Figures, Fleet
from ocrcore.ports.fleet_monitor import FleetMonitor

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

_log = logging.getLogger(__name__)


class CloudWatchFleetMonitor(FleetMonitor):
    """Metrics without dimensions in a namespace of this deployment. One request for all of them.

    ``folders`` are on the disks of this machine that must not be full; one that is not there is left out.
    """

    def __init__(self, client: "CloudWatchClient", namespace: str, folders: Sequence[Path] = ()) -> None:
        self._client, self._namespace, self._folders = client, namespace, folders

    def publish(self, figures: Figures) -> bool:
        """Send one value of each metric. Any failure is one warning in the log."""
        data = [*_of_fleet(figures.fleet), *_beside(figures)]
        if free := _free_bytes(self._folders):
            data.append({"MetricName": "FreeBytes", "Unit": "Bytes", "Value": min(free)})
        try:
            with deployment_errors(MONITOR):
                self._client.put_metric_data(Namespace=self._namespace, MetricData=data)
        except Unavailable as error:
            _log.warning("figures of the fleet not published", extra={"reason": str(error)})
            return False
        return True


def _of_fleet(fleet: Fleet) -> "list[MetricDatumTypeDef]":
    volume = fleet.volume
    return [
        {"MetricName": "BacklogMinutes", "Value": fleet.minutes_to_clear},
        {"MetricName": "OpenPages", "Unit": "Count", "Value": volume.pending + volume.processing},
        {"MetricName": "OldestPageSeconds", "Unit": "Seconds", "Value": _age(fleet, volume.oldest_pending_at)},
        {"MetricName": "OldestMessageSeconds", "Unit": "Seconds", "Value": _age(fleet, volume.oldest_order_at)},
        {"MetricName": "LiveWorkers", "Unit": "Count", "Value": len(fleet.live)},
    ]


def _beside(figures: Figures) -> "list[MetricDatumTypeDef]":
    data: list[MetricDatumTypeDef] = [
        {"MetricName": "SearchBacklog", "Unit": "Count", "Value": figures.search_backlog},
        {"MetricName": "EndedPages", "Unit": "Count", "Value": figures.ended},
        {"MetricName": "FailedPages", "Unit": "Count", "Value": figures.failed},
    ]
    if figures.webhook_age is not None:
        age = figures.webhook_age.total_seconds()
        data.append({"MetricName": "OldestWebhookSeconds", "Unit": "Seconds", "Value": age})
    return data


def _free_bytes(folders: Sequence[Path]) -> list[int]:
    free = []
    for folder in folders:
        with suppress(OSError):
            free.append(shutil.disk_usage(folder).free)
    return free


def _age(fleet: Fleet, since: "datetime | None") -> float:
    return 0.0 if since is None else max(0.0, (fleet.now - since).total_seconds())
