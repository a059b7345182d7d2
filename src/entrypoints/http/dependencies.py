"""The dependencies of handlers: name, type and provider of each."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from litestar.di import NamedDependency, Provide

from entrypoints.http.background import MessageSender
from entrypoints.http.heavy_work import HeavyWork
from entrypoints.http.intake import Intake
from entrypoints.http.upload_room import UploadRoom
from entrypoints.http.watcher import JobWatcher
from entrypoints.settings import Settings
from ocrcore import LOCAL_OWNER, OcrService, OwnerJobs

#: The service, across all owners.
Service = NamedDependency[OcrService]
#: The jobs of the client's owner.
Jobs = NamedDependency[OwnerJobs]
#: Sends the messages of a job after the answer.
Sender = NamedDependency[MessageSender]
#: Holds answers until a job is finished.
Watcher = NamedDependency[JobWatcher]
#: Room for uploads.
Room = NamedDependency[UploadRoom]
#: Threads for requests that take long.
Heavy = NamedDependency[HeavyWork]
#: Makes jobs of the bodies of submissions.
Submissions = NamedDependency[Intake]
#: The settings of the process.
AppSettings = NamedDependency[Settings]


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The values that handlers may take as parameters; each field is the name of one."""

    service: OcrService
    jobs: OwnerJobs
    sender: MessageSender
    watcher: JobWatcher
    settings: Settings
    room: UploadRoom
    heavy: HeavyWork
    submissions: Intake

    def providers(self) -> Mapping[str, Provide]:
        """Return the provider of each name."""
        return {name: Provide(_constant(getattr(self, name)), sync_to_thread=False) for name in self.__slots__}


def dependencies(service: OcrService, settings: Settings, closing: asyncio.Event) -> Dependencies:
    """Return the dependencies of an application; all its requests belong to the local owner."""
    unsent = service.without_sending()
    room, heavy = UploadRoom(settings.max_upload_bytes), HeavyWork()
    return Dependencies(
        service=service,
        jobs=unsent.of(LOCAL_OWNER),
        sender=MessageSender(service.send),
        watcher=JobWatcher(service.open_deadlines, service.now, closing),
        settings=settings,
        room=room,
        heavy=heavy,
        submissions=Intake(service, settings.policy, room, heavy),
    )


def _constant(value: object) -> Callable[[], Any]:
    return lambda: value
