"""Metrics that are read when they are collected."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


@dataclass(frozen=True, slots=True)
class Gauge:
    """A number of this process, or one for each value of a label. ``read`` must not raise, and be fast."""

    name: str
    #: What it says.
    words: str
    read: Callable[[], float | Mapping[str, float]]
    #: The label, if there is a number for each of its values; they are a closed set.
    label: str = ""


class Gauges(Collector):
    """Reads gauges on each scrape."""

    def __init__(self, gauges: Sequence[Gauge]) -> None:
        self._gauges = gauges

    def describe(self) -> list[Metric]:
        """Return the metrics without numbers, so that a name that is taken is refused at once."""
        return [GaugeMetricFamily(gauge.name, gauge.words) for gauge in self._gauges]

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        for gauge in self._gauges:
            value = gauge.read()
            if isinstance(value, Mapping):
                family = GaugeMetricFamily(gauge.name, gauge.words, labels=[gauge.label])
                for label, number in value.items():
                    family.add_metric([label], number)
                yield family
            else:
                yield GaugeMetricFamily(gauge.name, gauge.words, value=value)


def free_bytes(folders: Mapping[str, Path]) -> Gauge:
    """Return the metric of the room on the disk of each folder; one that is not there is left out."""

    def read() -> Mapping[str, float]:
        free: dict[str, float] = {}
        for name, folder in folders.items():
            with suppress(OSError):
                free[name] = float(shutil.disk_usage(folder).free)
        return free

    return Gauge("ocr_free_bytes", "Bytes that are free on the disk of this folder.", read, "folder")
