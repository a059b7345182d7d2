"""``ocrcore serve``: the process that answers HTTP until it is told to stop."""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Final

import uvicorn
from litestar.concurrency import set_asyncio_executor
from prometheus_client import CollectorRegistry

from entrypoints.http.app import create_app
from entrypoints.http.middleware.gate import is_loopback
from entrypoints.settings import Settings, SettingsError
from entrypoints.signals import on_stop_signals
from entrypoints.worker.process import engine_names
from entrypoints.worker.threads import worker_threads
from ocrcore import OcrService

#: Requests that are carried out at the same time.
_REQUEST_THREADS: Final = 16
#: Seconds that open connections get to end when the server stops.
_GRACEFUL: Final = 2

_log = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """A server that tells the crew to drain, and held answers to be given, as soon as it is told to stop."""

    def __init__(self, config: uvicorn.Config, on_exit: Callable[[], None], closing: asyncio.Event) -> None:
        super().__init__(config)
        self._on_exit, self._closing = on_exit, closing

    def stop(self) -> None:
        """Stop as soon as it runs."""
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop both."""
        self._on_exit()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Give the answers that are held, then close."""
        self._closing.set()
        await super().shutdown(sockets)


def serve(
    service: OcrService, settings: Settings, registry: CollectorRegistry, *, host: str, port: int, slots: int
) -> None:
    """Serve the API, keep up, and recognise in ``slots`` threads, until SIGTERM or SIGINT."""
    _check_host(host, settings)
    listening = _listen(host, port)
    set_asyncio_executor(ThreadPoolExecutor(_REQUEST_THREADS, thread_name_prefix="request"))
    closing = asyncio.Event()
    config = uvicorn.Config(
        create_app(service, settings, registry, closing),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACEFUL,
    )
    threads = worker_threads(service, settings, kind="serve", slots=slots)
    server = _Server(config, _in_background(threads.drain), closing)
    on_stop_signals(server.stop)  # while it runs, the server hears them first, and hands them on when it has stopped
    threads.start()
    address, bound = listening.getsockname()[:2]
    _log.info("serving", extra={"url": f"http://{_in_url(address)}:{bound}", "slots": slots, **engine_names(service)})
    try:
        server.run(sockets=[listening])
    finally:
        threads.stop(settings.grace)


def _in_background(action: Callable[[], None]) -> Callable[[], None]:
    """Return what starts the action and waits for nothing, as a signal handler must."""
    return lambda: threading.Thread(target=action, daemon=True).start()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        msg = f"Cannot listen on {host} port {port}: {error.strerror or error}; choose another with --port."
        raise SettingsError(msg) from error
    # Connections inherit it. asyncio sets it on its own sockets only; without, an answer's body waits 40 ms.
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
