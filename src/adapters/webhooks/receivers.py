"""Requests to receivers over plain sockets, TLS from the standard library and h11.

No HTTP client of the usual kind is used, because each resolves the name by itself, after it was judged, and some follow
redirects or take a proxy from the environment. Here the name is resolved once, every address is judged, and the
connection is made to one of these addresses, while TLS verifies the certificate for the name.

The time of a request is one budget for all of it: every wait gets what is left, so a receiver that sends a byte a
second does not outlast it. ``getaddrinfo`` knows no timeout, so it runs in a thread of its own that is left alone when
it takes too long. Who wants to know the same name meanwhile waits for that thread: whoever chose a name whose servers
do not answer holds one thread with it, however often it is asked for.
"""

import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Final

import h11

from ocrcore.domain.errors import ForbiddenTarget
from ocrcore.domain.webhook import SEND_TIME, DeliveryError
from ocrcore.domain.webhook_target import Target, is_public, require_public
from ocrcore.ports.receivers import MOST_ANSWER, NoAnswer, Receivers

#: Seconds for the look-up of a name.
_RESOLVE: Final = 5.0
#: Names that are looked up at the same time, those that were left alone among them. An owner has a few.
_LOOKUPS: Final = 256
#: Most seconds in which an address takes a connection, if there is another one to try.
_CONNECT: Final = 3.0
_CHUNK: Final = 8192
_USER_AGENT: Final = "ocrcore-webhooks"

#: The addresses of a name, in the order of preference.
_Addresses = Sequence[str]


class _LookUp:
    """A look-up of a name, for which any number of threads may wait."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        #: Empty until it has ended, and if there are none.
        self.addresses: _Addresses = ()


class HttpReceivers(Receivers):
    """Sends requests over the network. Safe to share between threads.

    ``tls`` decides which certificates are valid, by default those of the system's authorities. ``seconds`` is the time
    of one request.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, *, seconds: float = SEND_TIME.total_seconds()) -> None:
        self._tls, self._seconds = tls, seconds
        self._lock = threading.Lock()
        self._under_way: dict[str, _LookUp] = {}

    def check(self, target: Target, *, allow_private: bool) -> None:
        """Resolve the name of a target and judge the addresses."""
        try:
            addresses = self._resolve(target, time.monotonic() + _RESOLVE)
        except NoAnswer as error:
            msg = f"The name {target.host} cannot be resolved; look at its spelling."
            raise ForbiddenTarget(msg) from error
        for address in addresses:
            require_public(address, allow_private=allow_private)

    def post(self, target: Target, headers: Mapping[str, str], body: str, *, allow_private: bool) -> int:
        """Send a request, and return the status of the answer."""
        end = time.monotonic() + self._seconds
        addresses = self._resolve(target, min(end, time.monotonic() + _RESOLVE))
        if not allow_private and not all(map(is_public, addresses)):
            raise NoAnswer(DeliveryError.FORBIDDEN_TARGET)
        try:
            with closing(self._connect(target, addresses, end)) as connection:
                return _exchange(connection, _request(target, headers, body), body.encode(), end)
        except TimeoutError as error:
            raise NoAnswer(DeliveryError.TIMEOUT) from error
        except ssl.SSLError as error:
            raise NoAnswer(DeliveryError.TLS_FAILED) from error
        except OSError as error:
            raise NoAnswer(DeliveryError.UNREACHABLE) from error
        except h11.RemoteProtocolError as error:
            raise NoAnswer(DeliveryError.BAD_ANSWER) from error

    def _resolve(self, target: Target, end: float) -> _Addresses:
        """Return the addresses of the name; raise ``NoAnswer`` if there are none in time."""
        with self._lock:
            looking = self._under_way.get(target.host)
            if looking is None:
                if len(self._under_way) >= _LOOKUPS:
                    raise NoAnswer(DeliveryError.UNKNOWN_NAME)
                looking = _LookUp()
                about = (target.host, target.port, looking)
                threading.Thread(target=self._look_up, args=about, name="webhook-name", daemon=True).start()
                self._under_way[target.host] = looking  # it is removed by the thread, which waits for the lock
        looking.ended.wait(_left(end))
        if not looking.addresses:
            raise NoAnswer(DeliveryError.UNKNOWN_NAME)
        return looking.addresses

    def _look_up(self, host: str, port: int, looking: _LookUp) -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            looking.addresses = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
        except (OSError, UnicodeError):
            pass  # there are none
        finally:
            with self._lock:
                del self._under_way[host]
            looking.ended.set()

    def _connect(self, target: Target, addresses: _Addresses, end: float) -> socket.socket:
        """Return a connection to the first address that takes one.

        An address that is silent, as those of IPv6 are behind some firewalls, leaves time for the ones after it.
        """
        for others, address in zip(reversed(range(len(addresses))), addresses, strict=True):
            try:
                share = min(_CONNECT, _left(end) / (others + 1)) if others else _left(end)
                plain = socket.create_connection((address, target.port), timeout=share)
                break
            except OSError:
                if not others or time.monotonic() >= end:
                    raise
        if target.scheme == "http":
            return plain
        try:
            plain.settimeout(_left(end))
            return (self._tls or ssl.create_default_context()).wrap_socket(plain, server_hostname=target.host)
        except BaseException:
            plain.close()
            raise


def _request(target: Target, headers: Mapping[str, str], body: str) -> h11.Request:
    own = {
        "host": target.authority,
        "user-agent": _USER_AGENT,
        "content-type": "application/json",
        "content-length": str(len(body.encode())),
        "accept-encoding": "identity",
        "connection": "close",
    }
    return h11.Request(method="POST", target=target.path, headers=list((own | dict(headers)).items()))


def _exchange(connection: socket.socket, request: h11.Request, body: bytes, end: float) -> int:
    """Send the request and return the status of the answer.

    The rest of the answer is read, within bounds, because some servers count a client as gone that closes before; but
    the status counts whatever comes after it.
    """
    client = h11.Connection(h11.CLIENT)
    sent = [client.send(request), client.send(h11.Data(data=body)), client.send(h11.EndOfMessage())]
    connection.settimeout(_left(end))
    connection.sendall(b"".join(part for part in sent if part))
    received, status = 0, None
    try:
        while received < MOST_ANSWER:
            event = client.next_event()
            if event is h11.NEED_DATA:
                connection.settimeout(_left(end))
                chunk = connection.recv(min(_CHUNK, MOST_ANSWER - received))
                received += len(chunk)
                client.receive_data(chunk)
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed) or event is h11.PAUSED:
                break
    except (OSError, h11.RemoteProtocolError):
        if status is None:
            raise
    if status is None:
        raise NoAnswer(DeliveryError.BAD_ANSWER)
    return status


def _left(end: float) -> float:
    """Return the seconds until the end; a socket with 0 would not wait at all, and one that is over times out."""
    return max(end - time.monotonic(), 0.001)
