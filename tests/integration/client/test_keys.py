"""The key that a client sends."""

from http.server import BaseHTTPRequestHandler

import pytest

from answering import Reply, answering
from entrypoints.client import ApiProblem, Client


def sent(key: str | None) -> str | None:
    """Return the header that a client with this key sends."""
    heard: list[str | None] = []

    def refuse(request: BaseHTTPRequestHandler) -> Reply:
        heard.append(request.headers["authorization"])
        body = b'{"code": "unauthenticated", "detail": "no", "status": 401}'
        return Reply(401, body, {"content-type": "application/problem+json"})

    with answering(refuse) as port, Client(f"http://127.0.0.1:{port}", key=key) as client, pytest.raises(ApiProblem):
        list(client.list())
    (found,) = heard
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
