"""Deliveries for tests of workers."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ocrcore.application.worker.attempt import Delivery
from ocrcore.domain.task import Task
from worlds import World


@pytest.fixture
def page(deliveries: list[Delivery]) -> Callable[[str], Delivery]:
    """Return a maker of deliveries of pages of long documents."""
    first = deliveries[0]

    def delivery(name: str) -> Delivery:
        return replace(first, task=replace(first.task, s3_key=f"jobs/{first.task.job_id}/{name}.tif"))

    return delivery


@pytest.fixture
def deliveries() -> list[Delivery]:
    world = World()
    world.submit(*"ABCD")
    return [Delivery(Task.from_json(message.body), message.receipt) for message in world.messages()]
