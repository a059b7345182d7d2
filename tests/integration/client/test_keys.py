"""The key that a client sends."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from entrypoints.client import ApiProblem, Client


class _Refusing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.sent = self.headers.get("authorization")  # type: ignore[attr-defined]
        body = b'{"code": "unauthenticated", "detail": "no", "status": 401}'
        self.send_response(401)
        self.send_header("content-type", "application/problem+json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def sent(key: str | None) -> str | None:
    """Return the header that a client with this key sends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Refusing)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        with Client(f"http://127.0.0.1:{server.server_port}", key=key) as client, pytest.raises(ApiProblem):
            list(client.list())
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    found: str | None = server.sent  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize(
    ("given", "environment", "header"),
    [
        (None, None, None),
        (None, "", None),
        (None, " ocrk_one\n", "Bearer ocrk_one"),
        ("ocrk_two", "ocrk_one", "Bearer ocrk_two"),
        ("", "ocrk_one", None),
    ],
)
def test_the_key_of_the_environment_is_sent_if_none_is_given(
    monkeypatch: pytest.MonkeyPatch, given: str | None, environment: str | None, header: str | None
) -> None:
    monkeypatch.delenv("OCRCORE_KEY", raising=False)
    if environment is not None:
        monkeypatch.setenv("OCRCORE_KEY", environment)
    assert sent(given) == header


def test_what_no_header_can_hold_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCRCORE_KEY", "two words")
    with pytest.raises(ValueError, match="a key is one word"):
        Client()
