"""The HTTP application: routes, problem answers, documentation, behind the gate."""

import asyncio

from litestar import Litestar
from litestar.di import Provide
from litestar.types import ASGIApp
from prometheus_client import CollectorRegistry

from entrypoints.http.documentation import openapi_config, static_router
from entrypoints.http.gate import Gate
from entrypoints.http.heads import HeadAsGet
from entrypoints.http.health import Probes, live, ready
from entrypoints.http.images import image
from entrypoints.http.items import Items
from entrypoints.http.jobs import Jobs
from entrypoints.http.metrics import metrics_router
from entrypoints.http.problems import answer
from entrypoints.http.queries import refuse_unknown
from entrypoints.http.request_log import RequestLog
from entrypoints.http.sending import Sender
from entrypoints.http.stats import stats
from entrypoints.http.timeline import timeline
from entrypoints.settings import Settings
from ocrcore import OcrService


def create_app(
    service: OcrService,
    settings: Settings,
    registry: CollectorRegistry | None = None,
    closing: asyncio.Event | None = None,
) -> ASGIApp:
    """Return the application; it starts and stops no service. Its figures go into the registry.

    Whoever stops the server sets ``closing``, and then answers that are held are given.
    """
    registry = registry or CollectorRegistry()
    closing = closing or asyncio.Event()
    sender, probes = Sender(service.send), Probes(service.probes)

    def provide_service() -> OcrService:
        return service.without_sending()

    def provide_settings() -> Settings:
        return settings

    def provide_closing() -> asyncio.Event:
        return closing

    app = Litestar(
        [Jobs, Items, image, timeline, stats, live, ready, static_router(), metrics_router(service, registry)],
        dependencies={
            "service": Provide(provide_service, sync_to_thread=False),
            "settings": Provide(provide_settings, sync_to_thread=False),
            "closing": Provide(provide_closing, sync_to_thread=False),
            "sender": Provide(lambda: sender, sync_to_thread=False),
            "probes": Provide(lambda: probes, sync_to_thread=False),
        },
        before_request=refuse_unknown,
        exception_handlers={Exception: answer},
        openapi_config=openapi_config(),
        request_max_body_size=settings.max_body_bytes,
        logging_config=None,
        on_shutdown=[sender.close, probes.close],
    )
    return Gate(RequestLog(HeadAsGet(app), registry), allowed_hosts=settings.allowed_hosts)
