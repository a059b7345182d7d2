"""What proxies say of a request, and what clients only claim."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest
from litestar.types import HTTPScope, Message, Receive, Scope, Send

from entrypoints.http.middleware.proxies import Proxies, public_base

Headers = Sequence[tuple[str, str]]


def passed(
    *headers: tuple[str, str],
    peer: str | None = "127.0.0.1",
    path: str = "/api/v1/jobs",
    trusted: Sequence[str] = ("127.0.0.1/32", "10.0.0.0/8", "fd00::/8"),
    public_url: str = "",
    base_path: str = "",
    answer: Headers = (),
) -> tuple[HTTPScope, list[tuple[bytes, bytes]]]:
    """Return the scope of a request as it arrives inside, and the headers of its answer as they arrive outside."""
    arrived, answered = list[Scope](), list[tuple[bytes, bytes]]()
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "scheme": "http",
        "headers": [*encoded, (b"host", b"inside:8000")] if "host" not in dict(headers) else encoded,
        "client": None if peer is None else (peer, 1234),
        "server": ("127.0.0.1", 8000),
    }

    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - the protocol's
        arrived.append(scope)
        given = [(name.encode(), value.encode()) for name, value in answer]
        await send(cast("Message", {"type": "http.response.start", "status": 200, "headers": given}))

    async def receive() -> Any:  # noqa: ANN401 - the protocol's
        raise AssertionError

    async def send(message: Message) -> None:
        answered.extend(cast("dict[str, Any]", message)["headers"])

    proxies = Proxies(app, trusted=trusted, public_url=public_url, base_path=base_path)
    before = dict(scope)
    asyncio.run(proxies(cast("Scope", scope), receive, send))
    assert scope == before  # it is the server's own
    return cast("HTTPScope", arrived[0]), answered


def client_of(*hops: str, peer: str = "127.0.0.1") -> str:
    scope, _ = passed(*(("x-forwarded-for", hop) for hop in hops), peer=peer)
    assert scope["client"] is not None
    return scope["client"][0]


def host_of(scope: HTTPScope) -> str:
    (host,) = (value.decode() for name, value in scope["headers"] if name == b"host")
    return host


@pytest.mark.parametrize(
    ("hops", "client"),
    [
        (["192.0.2.7"], "192.0.2.7"),
        (["192.0.2.7:51000"], "192.0.2.7"),
        (["[2001:db8::7]:51000"], "2001:db8::7"),
        (["2001:db8::7"], "2001:db8::7"),
        (["::ffff:192.0.2.7"], "192.0.2.7"),
        (["192.0.2.7, 10.1.2.3"], "192.0.2.7"),
        (["192.0.2.7, fd00::1, 10.1.2.3"], "192.0.2.7"),
        (["192.0.2.7", "10.1.2.3"], "192.0.2.7"),
        (["127.0.0.1, 192.0.2.7"], "192.0.2.7"),
        (["203.0.113.1, 192.0.2.7, 10.1.2.3"], "192.0.2.7"),
        (["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
        (["192.0.2.7, unknown, 10.1.2.3"], "10.1.2.3"),
        (["_hidden"], "127.0.0.1"),
        ([""], "127.0.0.1"),
        ([" , ,"], "127.0.0.1"),
        (["192.0.2.7, 1.2.3.4.5"], "127.0.0.1"),
        ([], "127.0.0.1"),
    ],
)
def test_the_client_is_the_nearest_address_that_is_no_trusted_proxy(hops: list[str], client: str) -> None:
    assert client_of(*hops) == client


@pytest.mark.parametrize("peer", ["192.0.2.1", "2001:db8::1", "11.0.0.1", "::1"])
def test_an_address_that_is_not_trusted_is_believed_nothing(peer: str) -> None:
    claims = (("x-forwarded-for", "10.0.0.1"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "localhost"))
    scope, _ = passed(*claims, peer=peer)
    assert (scope["client"], scope["scheme"], host_of(scope)) == ((peer, 1234), "http", "inside:8000")


def test_a_mapped_address_of_a_proxy_is_its_address() -> None:
    assert client_of("192.0.2.7", peer="::ffff:10.0.0.1") == "192.0.2.7"


def test_nobody_is_trusted_unless_said() -> None:
    scope, _ = passed(("x-forwarded-for", "192.0.2.7"), ("x-forwarded-proto", "https"), trusted=())
    assert (scope["client"], scope["scheme"]) == (("127.0.0.1", 1234), "http")
    assert passed(("x-forwarded-for", "192.0.2.7"), peer=None)[0]["client"] is None


def test_nothing_inside_sees_what_was_forwarded() -> None:
    names = ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host")
    for peer in ("127.0.0.1", "192.0.2.1"):
        scope, _ = passed(*((name, "x") for name in names), ("accept", "*/*"), peer=peer)
        assert {name for name, _ in scope["headers"]} == {b"host", b"accept"}


@pytest.mark.parametrize(
    ("said", "scheme"),
    [("https", "https"), ("HTTPS", "https"), ("https, http", "http"), ("gopher", "http"), ("", "http")],
)
def test_the_scheme_is_what_the_nearest_proxy_says(said: str, scheme: str) -> None:
    assert passed(("x-forwarded-proto", said))[0]["scheme"] == scheme


@pytest.mark.parametrize(
    ("said", "host"),
    [
        ("ocr.example", "ocr.example"),
        ("evil.example, ocr.example:81", "ocr.example:81"),
        ("a b@", "a b@"),
        ("", "inside:8000"),
    ],
)
def test_the_host_is_what_the_nearest_proxy_says(said: str, host: str) -> None:
    assert host_of(passed(("x-forwarded-host", said))[0]) == host


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("/ocr/api/v1/jobs", "/api/v1/jobs"),
        ("/api/v1/jobs", "/api/v1/jobs"),
        ("/ocr", "/"),
        ("/ocr/", "/"),
        ("/ocrx/api", "/ocrx/api"),
        ("/ocr/ocr/a b", "/ocr/a b"),
        ("/x/ocr/y", "/x/ocr/y"),
    ],
)
def test_the_base_path_is_removed_once(path: str, inside: str) -> None:
    scope, _ = passed(path=path, base_path="/ocr")
    assert scope["path"] == inside
    assert scope["raw_path"].replace(b"%20", b" ") == inside.encode()


def test_without_a_base_path_no_path_changes() -> None:
    assert passed(path="/ocr/api")[0]["path"] == "/ocr/api"


@pytest.mark.parametrize(
    ("public_url", "base_path", "location", "leads_to"),
    [
        ("", "", "/api/v1/jobs/1", "/api/v1/jobs/1"),
        ("", "/ocr", "/api/v1/jobs/1", "/ocr/api/v1/jobs/1"),
        ("https://ocr.example", "/ocr", "/api/v1/jobs/1", "https://ocr.example/ocr/api/v1/jobs/1"),
        ("https://ocr.example", "", "https://s3.example/x", "https://s3.example/x"),
    ],
)
def test_a_location_leads_to_the_public_address(public_url: str, base_path: str, location: str, leads_to: str) -> None:
    _, headers = passed(public_url=public_url, base_path=base_path, answer=[("location", location), ("etag", "/x")])
    assert dict(headers)[b"location"].decode() == leads_to
    assert dict(headers)[b"etag"] == b"/x"


def test_addresses_are_those_of_the_request_unless_there_is_a_public_one() -> None:
    forwarded = (("x-forwarded-proto", "https"), ("x-forwarded-host", "ocr.example:8443"))
    assert public_base(passed(*forwarded, base_path="/ocr")[0]) == "https://ocr.example:8443/ocr"
    assert public_base(passed()[0]) == "http://inside:8000"
    assert public_base(passed(*forwarded, public_url="https://public.example")[0]) == "https://public.example"


@pytest.mark.parametrize(
    ("peer", "said", "scheme"),
    [("127.0.0.1", "", "https"), ("127.0.0.1", "http", "http"), ("192.0.2.1", "https", "http"), ("::1", "", "http")],
)
def test_a_request_for_the_public_name_came_by_tls_only_if_a_trusted_proxy_brought_it(
    peer: str, said: str, scheme: str
) -> None:
    for host in ("ocr.example", "OCR.example:8000"):
        headers = (("host", host), ("x-forwarded-proto", said))
        scope, answered = passed(*headers, public_url="https://ocr.example", peer=peer, answer=[("location", "/a")])
        assert (scope["scheme"], host_of(scope)) == (scheme, "ocr.example")
        assert public_base(scope) == "https://ocr.example"
        assert dict(answered)[b"location"] == b"https://ocr.example/a"
        assert (b"strict-transport-security" in dict(answered)) == (scheme == "https")
    assert host_of(passed(("host", "other.example"), public_url="https://ocr.example")[0]) == "other.example"


def test_browsers_shall_use_tls_only_where_the_public_address_does() -> None:
    strict = b"strict-transport-security"
    over_tls = (("x-forwarded-proto", "https"),)
    assert strict in dict(passed(*over_tls, public_url="https://ocr.example")[1])
    assert strict not in dict(passed(public_url="https://ocr.example")[1])
    assert strict not in dict(passed(*over_tls)[1])
    assert strict not in dict(passed(("host", "ocr.example"), public_url="http://ocr.example")[1])
