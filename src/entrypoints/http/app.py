"""The HTTP application: routes, problem answers and documentation, behind the gate."""

import asyncio
from typing import Final

from litestar import Controller, Litestar, Router
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp
from prometheus_client import CollectorRegistry

from entrypoints.http.access import Access, sharer_of_all
from entrypoints.http.client_gone import ClientGone
from entrypoints.http.dependencies import ASKED_BY, dependencies
from entrypoints.http.documentation import openapi_config, page_file
from entrypoints.http.middleware.bodies import Bodies
from entrypoints.http.middleware.gate import Gate
from entrypoints.http.middleware.head_and_options import HeadAndOptions
from entrypoints.http.middleware.host import own_names
from entrypoints.http.middleware.proxies import Proxies
from entrypoints.http.middleware.queries import refuse_unknown
from entrypoints.http.middleware.request_log import RequestLog
from entrypoints.http.middleware.traces import Traces
from entrypoints.http.pages.handlers import key_pages_router, pages_router
from entrypoints.http.pages.problems import as_pages
from entrypoints.http.problems import answer_nobody
from entrypoints.http.routes.audit import audit
from entrypoints.http.routes.events import all_events, job_events
from entrypoints.http.routes.health import live, ready
from entrypoints.http.routes.images import item_image
from entrypoints.http.routes.items import ItemRoutes
from entrypoints.http.routes.jobs import JobRoutes
from entrypoints.http.routes.keys import KeyRoutes
from entrypoints.http.routes.metrics import metrics_router
from entrypoints.http.routes.ocr import read_files
from entrypoints.http.routes.results import item_result, job_result
from entrypoints.http.routes.search import search
from entrypoints.http.routes.sessions import close_session, open_session
from entrypoints.http.routes.stats import stats
from entrypoints.http.routes.submit import submit_job
from entrypoints.http.routes.timeline import job_timeline
from entrypoints.http.routes.uploads import receive_upload, renew_uploads, submit_draft
from entrypoints.http.routes.webhooks import WebhookRoutes
from entrypoints.http.spooled import SpooledResponse, Spools
from entrypoints.settings import Settings
from ocrcore import OcrService

#: What there is of keys only where they are asked for.
_OF_KEYS: Final[tuple[type[Controller] | HTTPRouteHandler, ...]] = (
    KeyRoutes,
    audit,
    open_session,
    close_session,
)


def create_app(
    service: OcrService,
    settings: Settings,
    registry: CollectorRegistry | None = None,
    closing: asyncio.Event | None = None,
) -> ASGIApp:
    """Return the application, which neither opens nor closes the service. Its metrics are added to the registry.

    Set ``closing`` before the server stops: it ends the answers that are held.
    """
    registry, access = registry or CollectorRegistry(), Access(service, settings)
    app = routed_app(service, settings, access, registry, closing)
    methods = {str(method) for route in app.routes if isinstance(route, HTTPRoute) for method in route.methods}
    spools = Spools(app, settings.max_upload_bytes, access.require_alive, sharer_of_all)
    served = access.identifying(HeadAndOptions(spools, methods))
    logged: ASGIApp = RequestLog(Bodies(served), registry)
    gate = Gate(
        Traces(logged, service.tracer) if service.tracer.records else logged,
        allowed_hosts=(*settings.allowed_hosts, *own_names()),
        public_url=settings.public_url,
    )
    return Proxies(gate, trusted=settings.trusted_proxies, public_url=settings.public_url, base_path=settings.base_path)


def routed_app(
    service: OcrService,
    settings: Settings,
    access: Access,
    registry: CollectorRegistry,
    closing: asyncio.Event | None = None,
) -> Litestar:
    """Return the routes, each behind the guard of ``access``; the middleware around them is missing."""
    given = dependencies(service, settings, closing or asyncio.Event())
    providers = given.providers()
    return Litestar(
        [
            Router("/", route_handlers=[JobRoutes, submit_job]),  # one path: registered together, or the first twice
            read_files,
            job_result,
            job_timeline,
            all_events,
            job_events,
            renew_uploads,
            submit_draft,
            receive_upload,
            ItemRoutes,
            item_result,
            item_image,
            search,
            stats,
            WebhookRoutes,
            live,
            ready,
            metrics_router(service, registry, given.readiness),
            page_file,
            pages_router(),
            *((*_OF_KEYS, key_pages_router()) if access.needs_keys else ()),
        ],
        guards=[access.guard],
        dependencies=providers,
        before_request=refuse_unknown(providers, ASKED_BY),
        exception_handlers={Exception: as_pages(access.answer, service, settings), ClientGone: answer_nobody},
        openapi_config=openapi_config(settings.public_url, settings.base_path, keys=access.needs_keys),
        request_max_body_size=settings.max_body_bytes,
        response_class=SpooledResponse,
        logging_config=None,
        on_shutdown=[given.sender.close, given.heavy.close, given.readiness.close],
    )
