"""The composition root: it binds an adapter to each port, without logic. Only it imports dependency-injector."""

import logging
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any, Final

from dependency_injector import containers, providers

from adapters.engines import inspection, pdf_writer
from adapters.engines.engine import ChildEngine
from adapters.engines.inspection import ChildInspector
from adapters.engines.no_engine import NoEngine
from adapters.engines.page_images import ChildPageImages
from adapters.engines.pdf_writer import ChildPdfWriter
from adapters.engines.pool import ChildPool
from adapters.engines.wall.build import Sandbox
from adapters.imaging.imaging import HeaderImaging
from adapters.local.ids import Uuid7Ids
from adapters.memory.meter import MemoryMeter
from adapters.oidc.issuer_keys import IssuerKeys
from adapters.webhooks.cipher import AesCipher
from adapters.webhooks.receivers import HttpReceivers
from entrypoints.backends.backend import OpenBackend, backend_module
from entrypoints.extras import remedy, require
from entrypoints.settings import OIDC, Settings, SettingsError, read_traces_exporter
from ocrcore import Context, OcrService
from ocrcore.application.context import Backend
from ocrcore.domain.errors import InvalidOption, UnsupportedLanguage
from ocrcore.domain.options import ENGINES, JobOptions
from ocrcore.installed import Clash, engines
from ocrcore.ports.engine import Engine
from ocrcore.ports.meter import Meter
from ocrcore.ports.tokens import Tokens
from ocrcore.ports.tracer import NoTracer, Tracer

_log = logging.getLogger(__name__)

#: Bytes of the longest PDF.
_LONGEST_PDF: Final = 1 << 40


def _open_backend(kind: str, settings: Settings, examined: bool) -> Iterator[OpenBackend]:  # noqa: FBT001 - the container passes it by position
    with backend_module(kind).open_backend(settings, examined=examined) as backend:
        yield backend


def _open_engine(settings: Settings, slots: int, examined: bool, kind: str) -> Iterator[Engine]:  # noqa: FBT001
    if examined:
        yield NoEngine()
        return
    with open_engine(settings, slots) as engine:
        if slots and kind != "memory":  # where a process lives for one command, no page is helped by it
            _warm(engine, settings)
        yield engine


def _warm(engine: ChildEngine, settings: Settings) -> None:
    """Have the engine that most pages need loaded in every child before the first page comes."""
    with suppress(InvalidOption, UnsupportedLanguage):  # jobs will name others
        engine.warm(engine.choice(JobOptions(languages=settings.languages, quality=settings.quality)))


def open_engine(settings: Settings, slots: int = 1) -> ChildEngine:
    """Return the engines of this machine, to be closed. Raises ``SettingsError`` and ``EngineMissing``."""
    try:
        also = (*ENGINES, *engines(ENGINES))
    except Clash as clash:
        raise SettingsError(str(clash)) from clash
    return ChildEngine(
        settings.engine,
        also=also,
        slots=max(1, slots),
        max_pixels=settings.max_pixels,
        sandbox=Sandbox(settings.sandbox),
    )


def _open_inspector(settings: Settings) -> Iterator[ChildInspector]:
    def start() -> ChildPool:
        return ChildPool(
            None, slots=inspection.AT_ONCE, max_pixels=settings.max_pixels, sandbox=Sandbox(settings.sandbox)
        )

    with closing(ChildInspector(start)) as inspector:
        yield inspector


def _open_pdf_writer(settings: Settings) -> Iterator[ChildPdfWriter]:
    def start() -> ChildPool:
        return ChildPool(
            None,
            slots=pdf_writer.AT_ONCE,
            max_pixels=settings.max_pixels,
            written=_LONGEST_PDF,
            sandbox=Sandbox(settings.sandbox),
        )

    with closing(ChildPdfWriter(start)) as writer:
        yield writer


def _tokens(settings: Settings) -> Tokens | None:
    if settings.auth != OIDC:
        return None
    require("oidc")
    from adapters.oidc.tokens import OidcTokens  # noqa: PLC0415 - with an extra that only this needs

    return OidcTokens(IssuerKeys(settings.oidc_issuer))


def _open_tracer(examined: bool) -> Iterator[Tracer]:  # noqa: FBT001
    wanted = "" if examined else read_traces_exporter()
    if not wanted:
        yield NoTracer()
        return
    try:
        from adapters.otel.tracer import exporter_named, tracer_to  # noqa: PLC0415 - with an extra that only this needs
    except ModuleNotFoundError:  # these variables may be set for every process of a machine
        _log.warning("no traces: OTEL_* asks for them, which needs an extra that is not installed: %s", remedy("otel"))
        yield NoTracer()
        return
    with closing(tracer_to(exporter_named(wanted))) as tracer:
        yield tracer


def _meter(kind: str) -> Meter:
    if kind == "memory":
        return MemoryMeter()
    from adapters.prometheus.meter import PrometheusMeter  # noqa: PLC0415 - slow, and the memory backend has no metrics

    return PrometheusMeter()


def _context(backend: Backend, **own: Any) -> Context:  # noqa: ANN401 - the ports of this process, by name
    return Context(**backend.ports(), **own)


class Container(containers.DeclarativeContainer):
    """The adapters and the service of one process, built before its threads start."""

    settings = providers.Dependency(instance_of=Settings)
    #: The backend: the name of a module of ``entrypoints.backends``.
    kind = providers.Dependency(instance_of=str)
    #: Pages that this process recognises at the same time; may be 0.
    slots = providers.Dependency(instance_of=int)

    #: Whether the service is opened for the doctor: without an engine, and creating and migrating nothing.
    examined = providers.Dependency(instance_of=bool, default=False)

    ids = providers.Singleton(Uuid7Ids)
    inspector = providers.Resource(_open_inspector, settings)
    imaging = providers.Singleton(HeaderImaging, inspector, max_pixels=settings.provided.max_pixels)
    engine = providers.Resource(_open_engine, settings, slots, examined, kind)
    pdf_writer = providers.Resource(_open_pdf_writer, settings)
    page_images = providers.Singleton(ChildPageImages, engine)
    backend = providers.Resource(_open_backend, kind, settings, examined)
    meter = providers.Singleton(_meter, kind)
    tracer = providers.Resource(_open_tracer, examined)
    context = providers.Singleton(
        _context,
        backend,
        engine=engine,
        imaging=imaging,
        page_images=page_images,
        pdf_writer=pdf_writer,
        meter=meter,
        tracer=tracer,
        fleet_monitor=backend.provided.fleet_monitor,
        history_log=backend.provided.history_log,
        ids=ids,
        receivers=providers.Singleton(HttpReceivers),
        cipher=providers.Singleton(AesCipher),
        policy=settings.provided.policy,
        tokens=providers.Callable(_tokens, settings),
    )
    service = providers.Singleton(OcrService, context)


def container_on(backend: OpenBackend, settings: Settings, *, slots: int) -> Container:
    """Return a container on a backend that is open, and is not closed with it; without slots it has no engine."""
    container = Container(settings=settings, slots=slots, kind="memory", examined=slots == 0)
    container.backend.override(providers.Object(backend))
    return container
