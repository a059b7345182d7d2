"""What handlers are given: each dependency's name, its type, and who provides it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from litestar.di import NamedDependency, Provide

from entrypoints.http.background import MessageSender
from entrypoints.http.watcher import JobWatcher
from entrypoints.settings import Settings
from ocrcore import LOCAL_OWNER, OcrService, OwnerJobs

#: The process's verbs.
Service = NamedDependency[OcrService]
#: The jobs of the owner who asks, and every verb on them.
Jobs = NamedDependency[OwnerJobs]
Sender = NamedDependency[MessageSender]
Watcher = NamedDependency[JobWatcher]
AppSettings = NamedDependency[Settings]


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Everything that handlers may ask for by name."""

    service: OcrService
    jobs: OwnerJobs
    sender: MessageSender
    watcher: JobWatcher
    settings: Settings

    def providers(self) -> Mapping[str, Provide]:
        """Return a provider for each name."""
        return {name: Provide(_constant(getattr(self, name)), sync_to_thread=False) for name in self.__slots__}


def dependencies(service: OcrService, settings: Settings, closing: asyncio.Event) -> Dependencies:
    """Return the dependencies of an application on a service, whose requests all belong to the one local owner."""
    unsent = service.without_sending()
    return Dependencies(
        service=service,
        jobs=unsent.of(LOCAL_OWNER),
        sender=MessageSender(service.send),
        watcher=JobWatcher(service.open_deadlines, service.now, closing),
        settings=settings,
    )


def _constant(value: object) -> Callable[[], Any]:
    return lambda: value
