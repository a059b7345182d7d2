"""``ocrcore serve``: the process that serves HTTP until it is stopped.

**Stop.** On SIGTERM or SIGINT three things begin at once: the worker threads drain, held answers are sent, and the
server closes its connections. When it has ended, the worker threads get their grace period.
"""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from types import FrameType
from typing import Final
from urllib.parse import urlsplit

import uvicorn
from litestar.concurrency import set_asyncio_executor
from prometheus_client import CollectorRegistry

from entrypoints.http.app import create_app
from entrypoints.http.connections import ACCEPTED_AT_ONCE, BACKLOG, guarded_protocol, most_connections
from entrypoints.http.owner_threads import OwnerThreads
from entrypoints.http.webhook_sender import WebhookSender
from entrypoints.networks import is_loopback
from entrypoints.service_manager import ServiceManager
from entrypoints.settings import Settings, SettingsError
from entrypoints.signals import on_stop_signals
from entrypoints.worker.process import engine_names, status_words, thread_gauges
from entrypoints.worker.pulse import Pulse, frozen
from entrypoints.worker.threads import worker_threads
from entrypoints.worker.watchdog import Watchdog
from ocrcore import OcrService

#: Requests that are handled at the same time, but for what finds out who sends them.
_REQUEST_THREADS: Final = 16
#: Seconds for the answers of requests that are cut to be sent.
_LAST_WORDS: Final = 1.0
#: Seconds between two beats of the event loop, and without one after which it counts as frozen.
_BEAT: Final = 1.0
_FROZEN: Final = 60.0
#: The request that shows that the server answers, and the beginning of the answer.
_ASKED: Final = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
_ANSWERED: Final = b"HTTP/1.1 200 "

_log = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """A server that drains the worker threads, and ends held answers, as soon as a signal stops it."""

    def __init__(
        self,
        config: uvicorn.Config,
        closing: asyncio.Event,
        *,
        on_exit: Callable[[], None],
        on_ready: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._closing, self._on_exit, self._on_ready = closing, on_exit, on_ready
        #: Whether the event loop moves.
        self.pulse = Pulse("event loop", _FROZEN)
        self._tasks: list[asyncio.Task[None]] = []
        self._signalled = False

    def stop(self) -> None:
        """Stop the server, or let it stop as soon as it has started, and drain the worker threads."""
        self.should_exit = True
        self._on_exit()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Handle a signal while the server runs: ``stop`` is called, too; a second Ctrl-C waits for no request."""
        del frame
        self.should_exit = True
        self.force_exit = self.force_exit or (self._signalled and sig == signal.SIGINT)
        self._signalled = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; the server's own backlog says how many connections it accepts at a time."""
        await super().startup(sockets)
        for listening in sockets or ():
            listening.listen(BACKLOG)
            self._tasks.append(asyncio.create_task(self._answer_once(listening)))
        self._tasks.append(asyncio.create_task(self._beat()))

    async def _beat(self) -> None:
        while True:
            self.pulse.moved()
            await asyncio.sleep(_BEAT)

    async def _answer_once(self, listening: socket.socket) -> None:
        """Ask this server for its health, as a client does, and report that it is ready when it answers."""
        host, port = listening.getsockname()[:2]
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection(host, port)
                writer.write(_ASKED)
                answered = await reader.read(len(_ANSWERED))
                writer.close()
                if answered == _ANSWERED:
                    break
            await asyncio.sleep(_BEAT)
        await asyncio.to_thread(self._on_ready)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the answers that are held, then let requests under way finish, for a time, and close the connections."""
        for task in self._tasks:
            task.cancel()
        self.pulse.rest()
        self._closing.set()
        await super().shutdown(sockets)
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_LAST_WORDS)


def serve(
    service: OcrService,
    settings: Settings,
    registry: CollectorRegistry,
    *,
    host: str,
    port: int,
    slots: int,
    manager: ServiceManager | None = None,
) -> None:
    """Serve the API, run upkeep, and recognise pages in ``slots`` threads, until SIGTERM or SIGINT.

    The service manager is told what the process does. Raises ``SettingsError`` if the address cannot be used, or would
    be open to other machines without keys.
    """
    _check_host(host, settings)
    listening = _listen(host, port)
    set_asyncio_executor(request_threads())
    closing = asyncio.Event()
    config = uvicorn.Config(
        create_app(service, settings, registry, closing),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        loop="asyncio",  # others take the wakeup descriptor, by which signals are heard
        http=guarded_protocol(most_connections(), settings.trusted_proxies),
        backlog=ACCEPTED_AT_ONCE,
        timeout_graceful_shutdown=max(1, int(settings.grace.total_seconds())),
    )
    threads = worker_threads(service, settings, kind="serve", slots=slots)
    webhooks = WebhookSender(service.due_webhooks, service.deliver_once, service.forget_deliveries_once)
    registry.register(thread_gauges(threads))
    address, bound = listening.getsockname()[:2]
    url = f"http://{_in_url(address)}:{bound}"

    def find_frozen() -> Mapping[str, float]:
        return frozen([server.pulse, *threads.pulses, webhooks.pulse])

    watchdog = Watchdog(
        manager or ServiceManager(), frozen=find_frozen, status=lambda: _status(url, slots, threads.reading)
    )

    def begin_to_stop() -> None:
        watchdog.stopping()
        webhooks.drain()
        threads.drain()

    server = _Server(config, closing, on_exit=begin_to_stop, on_ready=watchdog.ready)
    on_stop_signals(server.stop)
    if settings.auth == "keys" and not service.keys.any_alive():
        _log.warning("no key opens this service yet; make one with: ocrcore keys create OWNER")
    if settings.believes_nobody_of_tls:
        _log.warning(
            "OCR_PUBLIC_URL is https, and no proxy is named in OCR_TRUSTED_PROXIES: requests count as plain HTTP, and"
            " nobody signs in with a browser"
        )
    threads.start()
    webhooks.start()
    watchdog.start()
    _log.info("serving", extra={"url": url, "slots": slots, **engine_names(service)})
    try:
        server.run(sockets=[listening])
    finally:
        watchdog.stopping()
        end = time.monotonic() + settings.grace.total_seconds()
        webhooks.drain()
        threads.stop(settings.grace)
        webhooks.stop(timedelta(seconds=max(0.0, end - time.monotonic())))
        watchdog.end()


def request_threads() -> OwnerThreads:
    """Return the threads in which requests are handled."""
    return OwnerThreads(_REQUEST_THREADS, "request")


def _status(url: str, slots: int, reading: int) -> str:
    """Return what this process does, for the service manager."""
    return f"Answering on {url}." + (f" {status_words(reading)}" if slots else "")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        msg = f"Cannot listen on {host} port {port}: {error.strerror or error}; choose another with --port."
        raise SettingsError(msg) from error
    # Connections inherit this option. asyncio sets it only on sockets that it makes; without it, bodies wait 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _check_host(host: str, settings: Settings) -> None:
    if not is_loopback(host) and settings.auth == "none" and not settings.allow_anonymous:
        msg = (
            f"Without keys the API answers this machine only, so it does not listen on {host};"
            " set OCR_ALLOW_ANONYMOUS=1 if whoever reaches that address may use it."
        )
        raise SettingsError(msg)
    is_proxied = settings.trusted_proxies or (settings.public_url and not is_loopback(_name_in(settings.public_url)))
    if is_proxied and settings.auth == "none" and not settings.allow_anonymous:
        msg = (
            "Without keys the API answers this machine only, and OCR_TRUSTED_PROXIES and OCR_PUBLIC_URL are for other"
            " machines; set OCR_ALLOW_ANONYMOUS=1 if whoever reaches the proxy may use it."
        )
        raise SettingsError(msg)


def _name_in(url: str) -> str:
    return urlsplit(url).hostname or ""
