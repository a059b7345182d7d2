"""The dependencies of handlers: name, type and provider of each."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from litestar.di import NamedDependency, Provide
from litestar.types import Scope

from entrypoints.http.access import caller_of
from entrypoints.http.background import MessageSender
from entrypoints.http.connections import most_streams
from entrypoints.http.event_streams import EventStreams
from entrypoints.http.heavy_work import HeavyWork
from entrypoints.http.intake import Intake
from entrypoints.http.parameters import OfOwner
from entrypoints.http.upload_room import UploadRoom
from entrypoints.http.watcher import JobWatcher
from entrypoints.settings import Settings
from entrypoints.worker.readiness import Readiness
from ocrcore import OcrService, OwnerJobs
from ocrcore.application.access.keys import OwnerKeys
from ocrcore.application.webhooks.owner_webhooks import OwnerWebhooks

#: Dependency -> the query parameter that it takes.
ASKED_BY: Final = MappingProxyType({"jobs": "owner"})

#: The service, across all owners.
Service = NamedDependency[OcrService]
#: The jobs of the client's owner.
Jobs = NamedDependency[OwnerJobs]
#: The keys of the client's owner.
Keys = NamedDependency[OwnerKeys]
#: The webhooks of the client's owner.
Webhooks = NamedDependency[OwnerWebhooks]
#: Sends the messages of a job after the answer.
Sender = NamedDependency[MessageSender]
#: Holds answers until a job is finished.
Watcher = NamedDependency[JobWatcher]
#: The open streams of events.
Streams = NamedDependency[EventStreams]
#: Room for uploads.
Room = NamedDependency[UploadRoom]
#: Threads for requests that take long.
Heavy = NamedDependency[HeavyWork]
#: Makes jobs of the bodies of submissions.
Submissions = NamedDependency[Intake]
#: Which services behind this one answer.
Ready = NamedDependency[Readiness]
#: The settings of the process.
AppSettings = NamedDependency[Settings]


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The values that handlers may take as parameters; each field is the name of one."""

    service: OcrService
    sender: MessageSender
    watcher: JobWatcher
    streams: EventStreams
    settings: Settings
    room: UploadRoom
    heavy: HeavyWork
    submissions: Intake
    readiness: Readiness

    def providers(self) -> Mapping[str, Provide]:
        """Return the provider of each name, and of what belongs to the client of a request."""
        same = {name: Provide(_constant(getattr(self, name)), sync_to_thread=False) for name in self.__slots__}
        return {**same, "jobs": Provide(self._jobs), "keys": Provide(self._keys), "webhooks": Provide(self._webhooks)}

    async def _jobs(self, scope: Scope, owner: OfOwner = None) -> OwnerJobs:
        caller = caller_of(scope)
        return self.service.without_sending().by(caller if owner is None else caller.acting_for(owner))

    async def _webhooks(self, scope: Scope) -> OwnerWebhooks:
        return self.service.webhooks_of(caller_of(scope))

    async def _keys(self, scope: Scope) -> OwnerKeys:
        return self.service.keys_of(caller_of(scope))


def dependencies(service: OcrService, settings: Settings, closing: asyncio.Event) -> Dependencies:
    """Return the dependencies of an application."""
    room, heavy = UploadRoom(settings.max_upload_bytes), HeavyWork()
    return Dependencies(
        service=service,
        sender=MessageSender(service.send),
        watcher=JobWatcher(service.open_deadlines, service.now, closing, most_streams() // 2),
        streams=EventStreams(service, closing, most_streams()),
        settings=settings,
        room=room,
        heavy=heavy,
        submissions=Intake(service, settings.policy, room, heavy),
        readiness=Readiness(service.probes),
    )


def _constant(value: object) -> Callable[[], Any]:
    return lambda: value
