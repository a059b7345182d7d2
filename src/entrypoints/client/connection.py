"""HTTP requests to the API: JSON in and out, errors as :class:`ClientError`. Reads are repeated."""

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import chain
from typing import Any, Final
from urllib.request import getproxies

import httpx

from entrypoints.client.errors import NoAnswer, raise_for_problem
from entrypoints.client.repeating import read_repeatedly, send_repeatedly, send_within_limit
from entrypoints.client.views import read_answer

#: What all addresses of the API begin with.
API: Final = "/api/v1"
#: Rows of one page of a list.
PAGE: Final = 200
#: A connection on which nothing is sent for half a minute is probed, so that no router on the way forgets it while a
#: long PDF is written, and its end is noticed if the other machine is gone.
_KEPT_ALIVE: Final = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 15),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
)


class Connection:
    """A connection pool for one service; safe to share between threads.

    ``timeout`` is the most seconds between two bytes. Raises ``ValueError`` for an invalid address.
    """

    def __init__(self, base_url: str, *, key: str | None, timeout: float, pauses: Sequence[float]) -> None:
        self.timeout, self.pauses = timeout, pauses
        try:
            address = httpx.URL(base_url)
        except httpx.InvalidURL as error:
            msg = f"{base_url!r} is no address: {error}"
            raise ValueError(msg) from error
        if address.scheme not in {"http", "https"} or not address.host:
            msg = f"{base_url!r} is no address such as http://127.0.0.1:8000"
            raise ValueError(msg)
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        #: Whether the service has answered anything.
        self._was_heard = False
        self.http = httpx.Client(
            base_url=address,
            headers=headers,
            timeout=timeout,
            transport=_transport(),
            event_hooks={"response": [self._hear]},
        )
        #: For addresses that the service gives, without the key.
        self.outside = httpx.Client(timeout=timeout, transport=_transport())

    def close(self) -> None:
        """Close the connection pools."""
        self.http.close()
        self.outside.close()

    def patience(self, seconds: float) -> httpx.Timeout:
        """Return the timeouts of a request whose answer may begin only after ``seconds``."""
        return httpx.Timeout(self.timeout, read=max(self.timeout, seconds))

    def call(self, method: str, path: str, **options: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
        """Return the JSON of an answer, or None if it has no content."""

        def send() -> httpx.Response:
            return self.http.request(method, API + path, **options)

        with self.no_answer():
            return json_of(self._read(send) if method == "GET" else send_within_limit(send, self.pauses))

    def call_repeatedly(
        self,
        method: str,
        path: str,
        prepare: Callable[[httpx.Request], None] = lambda _: None,
        **options: Any,  # noqa: ANN401 - httpx's
    ) -> Any:  # noqa: ANN401 - JSON out
        """Return the JSON of an answer, retrying the request. ``prepare`` is called with the request of each try."""
        return json_of(self.answer_repeatedly(method, path, prepare, **options))

    def answer_repeatedly(
        self,
        method: str,
        path: str,
        prepare: Callable[[httpx.Request], None] = lambda _: None,
        **options: Any,  # noqa: ANN401 - httpx's
    ) -> httpx.Response:
        """Return the answer to a request that succeeded, as :meth:`call_repeatedly` does its JSON."""

        def send() -> httpx.Response:
            request = self.http.build_request(method, API + path, **options)
            prepare(request)
            return self.http.send(request)

        with self.no_answer():
            response = send_repeatedly(send, self.pauses)
            raise_for_problem(response)
            return response

    def answer(self, path: str, seconds: float, **query: str) -> httpx.Response:
        """Return the answer to a read that succeeded; it may begin only after ``seconds``."""
        with self.no_answer():
            timeout = self.patience(seconds)
            get = partial(self.http.get, API + path, params=query, timeout=timeout)
            response = self._read(get)
            raise_for_problem(response)
            return response

    @contextmanager
    def stream(self, path: str, seconds: float, **query: str) -> Iterator[Iterator[bytes]]:
        """Yield the body of an answer in pieces; it may begin only after ``seconds``.

        It is repeated as every read until there is a first piece, and not after that: somebody has it.
        """
        pieces: Iterator[bytes] = iter(())

        def begin(response: httpx.Response) -> None:
            nonlocal pieces
            body = response.iter_bytes()
            pieces = chain([next(body, b"")], body)

        with self.no_answer(), self.opened(API + path, begin, params=query, timeout=self.patience(seconds)):
            yield pieces

    @contextmanager
    def opened(
        self,
        address: str,
        begin: Callable[[httpx.Response], None] = lambda _: None,
        **options: Any,  # noqa: ANN401 - httpx's
    ) -> Iterator[httpx.Response]:
        """Yield an answer whose body is read as it comes; ``begin`` is the part of that which is repeated."""

        def send() -> httpx.Response:
            response = self.http.send(self.http.build_request("GET", address, **options), stream=True)
            try:
                if response.is_success:
                    begin(response)
                else:
                    response.read()
            except BaseException:
                response.close()
                raise
            return response

        response = self._read(send)
        with closing(response):
            raise_for_problem(response)
            yield response

    def pages(self, path: str, rows: str, query: Mapping[str, str]) -> Iterator[Any]:
        """Yield the rows of a list, following its cursor from page to page."""
        cursor: dict[str, str] = {}
        while True:
            page = self.call("GET", path, params={"limit": str(PAGE), **query, **cursor})
            found, end = read_answer(lambda answer: (answer[rows], answer["next_cursor"]), page)
            yield from found
            if end is None:
                return
            cursor = {"cursor": end}

    def _read(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        return read_repeatedly(send, self.pauses, was_heard=lambda: self._was_heard)

    def _hear(self, _response: httpx.Response) -> None:
        self._was_heard = True

    @contextmanager
    def no_answer(self, address: str = "") -> Iterator[None]:
        """Raise ``NoAnswer`` for an error of the connection to the service, or to another address."""
        base = httpx.URL(address).copy_with(query=None) if address else self.http.base_url
        try:
            yield
        except httpx.ConnectError as error:
            msg = f"Nothing answers at {base}; start it with ocrcore serve, or name another address."
            raise NoAnswer(msg) from error
        except httpx.TimeoutException as error:
            msg = f"{base} does not answer in time; try again, with a longer time-out if need be."
            raise NoAnswer(msg) from error
        except httpx.HTTPError as error:
            msg = f"The connection to {base} broke off; try again."
            raise NoAnswer(msg) from error


def _transport() -> httpx.HTTPTransport | None:
    """Return a transport that probes silent connections; None where a proxy is set: httpx finds that by itself."""
    return None if getproxies().keys() - {"no"} else httpx.HTTPTransport(socket_options=_KEPT_ALIVE)


def json_of(response: httpx.Response) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON of an answer, or None if it has no content. Raises :class:`ClientError`."""
    raise_for_problem(response)
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError as error:
        msg = f"{response.url.host} does not answer as ocrcore does; is it the right address?"
        raise NoAnswer(msg) from error
