"""Receivers of webhooks that fail in every way, and write down what they got."""

import os
import random
import socket
import struct
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread
from typing import Any, Final

from standardwebhooks.webhooks import Webhook as Verifier

from ocrcore.testing.patience import FOREVER, eventually

#: What befalls a receiver. ``dead``: nobody listens at its port.
MOODS: Final = ("well", "error", "gone", "reset", "slow", "hang", "dead")
#: Seconds until a slow receiver answers; one that hangs does not until it is well.
_SLOWLY: Final = 3.0
_STATUS: Final = {"error": 500, "gone": 410}
#: Closed with it, a connection is reset instead of ended.
_RESET: Final = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class Receiver:
    """A server that does as its mood says."""

    name: str
    mood: str = "well"
    port: int = 0
    #: Id of a message -> the bodies that came under it.
    bodies: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: Id of a message -> its body, of those that were answered with 2xx.
    taken: dict[str, Any] = field(default_factory=dict)
    #: What was not signed as it should be.
    wrong: list[str] = field(default_factory=list)
    #: Ids of messages whose requests are being answered, in the order of their arrival.
    open: list[str] = field(default_factory=list)
    id: str = ""
    _verifier: Verifier | None = None
    _told: Event = field(default_factory=Event)
    _changed: Condition = field(default_factory=Condition)
    _server: ThreadingHTTPServer | None = None
    #: Holds the port while nobody listens.
    _place: socket.socket = field(default_factory=socket.socket)

    def __post_init__(self) -> None:
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._place.bind(("127.0.0.1", 0))
        self.port = self._place.getsockname()[1]
        self.serve()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.name}"

    def know(self, webhook: Mapping[str, Any]) -> None:
        """Take the id and the secret of the webhook that leads here."""
        self.id, self._verifier = webhook["id"], Verifier(webhook["secret"])
        self._told.set()

    def takes(self, message_id: str) -> bool:
        """Wait for a message; return whether it was taken."""
        return bool(eventually(lambda: message_id in self.taken))

    def become(self, mood: str) -> None:
        """Change its mood."""
        with self._changed:
            self.mood = mood
            self._changed.notify_all()
        if mood == "dead":
            self._silence()
        elif self._server is None:
            self.serve()

    def serve(self) -> None:
        """Listen at its port."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                receiver.answer(self, body)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            block_on_close = False

            def handle_error(self, *_: object) -> None:
                pass  # a client that is gone

        self._server = Server(("127.0.0.1", self.port), Handler)
        Thread(target=self._server.serve_forever, args=[0.02], daemon=True).start()

    def close(self) -> None:
        """End for good."""
        self.become("dead")
        self._place.close()

    def _silence(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler, body: str) -> None:
        """Answer a request, or do not."""
        message_id = handler.headers["webhook-id"]
        notice = self._verify(handler, body)
        with self._changed:
            self.open.append(message_id)
            self.bodies[message_id].add(body)
            mood = self.mood
            if mood in {"slow", "hang"}:
                self._changed.wait_for(lambda: self.mood != mood, _SLOWLY if mood == "slow" else FOREVER)
        try:
            self._answer(handler, mood)
            if mood not in {"reset", *_STATUS}:
                with self._changed:
                    self.taken[message_id] = notice
        finally:
            with self._changed:
                self.open.remove(message_id)

    def _answer(self, handler: BaseHTTPRequestHandler, mood: str) -> None:
        if mood == "reset":
            handler.wfile.write(b"HTTP/1.1 2")
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            handler.close_connection = True
            os.close(handler.connection.detach())  # at once, whoever else holds the socket
            return
        handler.send_response(_STATUS.get(mood, 204))
        handler.send_header("content-length", "0")
        handler.end_headers()

    def _verify(self, handler: BaseHTTPRequestHandler, body: str) -> object:
        """Return what the body says, verified by the reference implementation of Standard Webhooks."""
        self._told.wait(FOREVER)
        assert self._verifier is not None
        try:
            return self._verifier.verify(body, {name.lower(): value for name, value in handler.headers.items()})
        except Exception as error:  # noqa: BLE001 - whatever it is, the round has to tell
            self.wrong.append(f"mistold: {self.name} got {handler.headers['webhook-id']}: {error!r}")
            return None


class Tempers:
    """A thread that changes the moods of receivers until it is told to stop."""

    def __init__(self, receivers: Sequence[Receiver], seed: int) -> None:
        self.done: Counter[str] = Counter()
        self._receivers = receivers
        self._random = random.Random(seed)  # noqa: S311 - to be repeated, not secret
        self._stopping = Event()
        self._thread = Thread(target=self._live, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let all be well from now on."""
        self._stopping.set()
        self._thread.join()
        for receiver in self._receivers:
            receiver.become("well")

    def _live(self) -> None:
        while True:
            receiver, mood = self._random.choice(self._receivers), self._random.choice(MOODS)
            if mood != receiver.mood:
                self.done[f"{mood} receiver"] += 1
                receiver.become(mood)
            if self._stopping.wait(0.3 + 0.9 * self._random.random()):
                return
