"""The composition root: which adapter stands behind which port. No logic; nothing else imports dependency-injector."""

from collections.abc import Iterator

from dependency_injector import containers, providers

from adapters.engines.engine import ChildEngine
from adapters.engines.none import NoEngine
from adapters.engines.renderer import ChildRenderer
from adapters.imaging.imaging import PillowImaging
from adapters.local.ids import Uuid7Ids
from adapters.memory.meter import MemoryMeter
from entrypoints.backends import backend_module
from entrypoints.backends.backend import Backend
from entrypoints.settings import Settings
from ocrcore import Context, OcrService
from ocrcore.domain.options import ENGINES
from ocrcore.ports.engine import Engine
from ocrcore.ports.meter import Meter


def _open_backend(kind: str, settings: Settings, examined: bool) -> Iterator[Backend]:  # noqa: FBT001 - the container's own
    with backend_module(kind).open_backend(settings, examined=examined) as backend:
        yield backend


def _open_engine(settings: Settings, slots: int, examined: bool) -> Iterator[Engine]:  # noqa: FBT001
    if examined:
        yield NoEngine()
        return
    with ChildEngine(settings.engine, also=ENGINES, slots=max(1, slots), max_pixels=settings.max_pixels) as engine:
        yield engine


def _meter(kind: str) -> Meter:
    if kind == "memory":
        return MemoryMeter()
    from adapters.prometheus.meter import PrometheusMeter  # noqa: PLC0415 - what is gone with its process is not watched

    return PrometheusMeter()


class Container(containers.DeclarativeContainer):
    """Everything that a process needs, built before its threads start."""

    settings = providers.Dependency(instance_of=Settings)
    #: A module of ``entrypoints.backends``.
    kind = providers.Dependency(instance_of=str)
    #: Pages that this process reads at the same time; 0 for one that reads none.
    slots = providers.Dependency(instance_of=int)

    #: Whether the backend is opened to be examined: as it is, and without an engine.
    examined = providers.Dependency(instance_of=bool, default=False)

    ids = providers.Singleton(Uuid7Ids)
    imaging = providers.Singleton(PillowImaging, max_pixels=settings.provided.max_pixels)
    engine = providers.Resource(_open_engine, settings, slots, examined)
    renderer = providers.Singleton(ChildRenderer, engine)
    backend = providers.Resource(_open_backend, kind, settings, examined)
    meter = providers.Singleton(_meter, kind)
    context = providers.Singleton(
        Context,
        jobs=backend.provided.jobs,
        backlog=backend.provided.backlog,
        outbox=backend.provided.outbox,
        audit=backend.provided.audit,
        audit_outbox=backend.provided.audit_outbox,
        tombstones=backend.provided.tombstones,
        rejected=backend.provided.rejected,
        ledger=backend.provided.ledger,
        documents=backend.provided.documents,
        queue=backend.provided.queue,
        dead_letters=backend.provided.dead_letters,
        workers=backend.provided.workers,
        meter=meter,
        engine=engine,
        imaging=imaging,
        renderer=renderer,
        clock=backend.provided.clock,
        ids=ids,
        policy=settings.provided.policy,
    )
    service = providers.Singleton(OcrService, context)
