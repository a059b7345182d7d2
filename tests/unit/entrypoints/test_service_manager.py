"""The service manager is told by its own protocol."""

import logging
import os
from datetime import timedelta
from pathlib import Path

import pytest

from entrypoints.service_manager import ServiceManager
from entrypoints.settings import read_service_manager
from notify_socket import notify_socket


@pytest.mark.parametrize("abstract", [False, True], ids=["file", "abstract"])
def test_each_word_is_one_datagram_of_lines(tmp_path: Path, *, abstract: bool) -> None:
    with notify_socket(tmp_path, abstract=abstract) as listening:
        manager = ServiceManager(listening.address)
        manager.ready("Answering.")
        manager.alive("Reading\n2 pages.")
        manager.status("Hangs.")
        manager.stopping("Stopping.")
        assert listening.empty() == [
            {"READY": "1", "STATUS": "Answering."},
            {"WATCHDOG": "1", "STATUS": "Reading 2 pages."},
            {"STATUS": "Hangs."},
            {"STOPPING": "1", "STATUS": "Stopping."},
        ]


def test_a_manager_that_is_gone_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        ServiceManager(str(tmp_path / "nobody")).ready("Answering.")
    assert [record.message for record in caplog.records] == ["the service manager was not told"]


def test_without_a_manager_nothing_is_sent(caplog: pytest.LogCaptureFixture) -> None:
    ServiceManager().ready("Answering.")
    assert caplog.records == []


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ServiceManager()),
        ({"NOTIFY_SOCKET": "/run/systemd/notify"}, ServiceManager("/run/systemd/notify")),
        ({"NOTIFY_SOCKET": "@abstract", "WATCHDOG_USEC": "2000000"}, ServiceManager("@abstract", timedelta(seconds=2))),
        ({"NOTIFY_SOCKET": "/s", "WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1"}, ServiceManager("/s")),
        (
            {"NOTIFY_SOCKET": "/s", "WATCHDOG_USEC": "5", "WATCHDOG_PID": str(os.getpid())},
            ServiceManager("/s", timedelta(microseconds=5)),
        ),
        ({"NOTIFY_SOCKET": "vsock:2:1234"}, ServiceManager()),
        ({"NOTIFY_SOCKET": "/s", "WATCHDOG_USEC": "soon"}, ServiceManager("/s")),
        ({"NOTIFY_SOCKET": "/s", "WATCHDOG_USEC": "0"}, ServiceManager("/s")),
    ],
)
def test_the_manager_is_read_from_the_environment(environment: dict[str, str], expected: ServiceManager) -> None:
    assert read_service_manager(environment) == expected
