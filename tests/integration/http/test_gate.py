"""What every request passes, whatever its address: names of hosts, origins, headers, ids."""

import re
from uuid import UUID, uuid4

import pytest

from integration.http.site import NOTHING, Site, form, part, problem
from worlds import picture

#: Routes of every kind, those that are not there included.
PATHS = [
    "/health/live",
    "/health/ready",
    "/metrics",
    "/api/v1/jobs",
    "/api/v1/jobs/1",
    "/api/v1/stats",
    "/schema",
    "/schema/openapi.json",
    "/schema/static/swagger-ui.css",
    "/nothing",
    "/health/../api/v1/jobs",
]
UNSAFE = [
    ("POST", "/api/v1/jobs"),
    ("POST", "/api/v1/ocr"),
    ("POST", "/api/v1/jobs/1/cancel"),
    ("POST", "/api/v1/jobs/1/retry"),
    ("PATCH", "/api/v1/jobs/1"),
    ("DELETE", "/api/v1/jobs/1"),
    ("PUT", "/nothing"),
    ("BREW", "/health/live"),
]


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:80", "127.8.8.8", "[::1]", "[::1]:8000", "ocr.example:443"],
)
def test_the_names_of_this_machine_and_those_allowed_are_served(site: Site, host: str) -> None:
    assert site.client.get("/health/live", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "localhost.evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "0.0.0.0",  # noqa: S104 - a name that is refused
        "[::2]",
        "2130706433",
        "0x7f.1",
        "x.ocr.example",
        "ocr.example.evil",
    ],
)
def test_other_names_are_forbidden(site: Site, host: str) -> None:
    problem(site.client.get("/api/v1/jobs", headers={"host": host}), "forbidden-host")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1@evil.example",
        "localhost@evil.example:80",
        "evil.example#localhost",
        "localhost, evil.example",
        "localhost:99999",
        "localhost:65536",
        "localhost:evil",
        "localhost:",
        "[::",
        "[::1].evil.example",
        "[::1]evil.example",
        "[1.2.3.4]",
        "::1",
        "local host",
        "localhost/evil",
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/jobs", "/health/live", "/metrics", "/schema", "/nothing"])
def test_a_malformed_host_is_refused_everywhere(site: Site, host: str, path: str) -> None:
    problem(site.client.get(path, headers={"host": host}), "malformed-request")


@pytest.mark.parametrize("host", ["10.0.0.5", "evil.example:80", "[2001:db8::1]:8000"])
def test_probes_are_answered_under_any_name(site: Site, host: str) -> None:
    for path in ("/health/live", "/health/ready", "/metrics"):
        assert site.client.get(path, headers={"host": host}).status_code == 200


def test_a_request_without_a_host_is_refused(site: Site) -> None:
    assert site.raw(b"GET /api/v1/jobs HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 421 ")
    assert site.raw(b"GET /api/v1/jobs HTTP/1.1\r\nconnection: close\r\n\r\n").startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("name", ["x-forwarded-host", "forwarded", "x-host", "x-original-host"])
def test_no_other_header_names_the_host(site: Site, name: str) -> None:
    headers = {"host": "evil.example", name: "localhost"}
    problem(site.client.get("/api/v1/jobs", headers=headers), "forbidden-host")


@pytest.mark.parametrize("path", [path for path in PATHS if path not in {"/health/live", "/health/ready", "/metrics"}])
def test_a_foreign_host_gets_nothing_from_any_address(site: Site, path: str) -> None:
    problem(site.client.get(path, headers={"host": "evil.example"}), "forbidden-host")


@pytest.mark.parametrize(("method", "path"), UNSAFE)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://localhost.evil.example", "file://"])
def test_another_site_changes_nothing_at_any_address(site: Site, method: str, path: str, origin: str) -> None:
    problem(site.client.request(method, path, headers={"origin": origin}), "forbidden-origin")


@pytest.mark.parametrize(("method", "path"), UNSAFE)
def test_a_request_that_a_browser_calls_cross_site_changes_nothing(site: Site, method: str, path: str) -> None:
    for site_of in ("cross-site", "same-site"):
        problem(site.client.request(method, path, headers={"sec-fetch-site": site_of}), "forbidden-origin")


def test_one_foreign_origin_among_several_is_foreign(site: Site) -> None:
    own = f"http://127.0.0.1:{site.port}"
    headers = [("origin", "https://evil.example"), ("origin", own)]
    problem(site.client.post("/api/v1/jobs", headers=headers), "forbidden-origin")


def test_another_port_of_this_machine_is_another_site(site: Site) -> None:
    problem(site.client.post("/api/v1/jobs", headers={"origin": "http://127.0.0.1:1"}), "forbidden-origin")


def test_a_page_of_another_site_cannot_submit(site: Site) -> None:
    problem(site.send(part(picture()), origin="https://evil.example"), "forbidden-origin")
    assert site.stored == NOTHING


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_page_of_this_service_may_submit(site: Site, scheme: str) -> None:
    headers = {"origin": f"{scheme}://127.0.0.1:{site.port}", "sec_fetch_site": "same-origin"}
    assert site.send(part(picture()), **headers).status_code == 202


def test_who_is_no_browser_may_submit(site: Site) -> None:
    assert site.send(part(picture())).status_code == 202


@pytest.mark.parametrize("site_of", ["cross-site", "same-site", "none"])
def test_reading_is_no_matter_of_where_a_link_stood(site: Site, site_of: str) -> None:
    headers = {"sec-fetch-site": site_of, "origin": "https://evil.example"}
    answer = site.client.get("/api/v1/jobs", headers=headers)
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", ["localhost", "evil.example"])
def test_every_answer_carries_the_headers_that_protect(site: Site, path: str, host: str) -> None:
    headers = site.client.get(path, headers={"host": host}).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-resource-policy"] == headers["cross-origin-opener-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "server" not in headers


def test_the_api_lets_a_browser_load_nothing(site: Site) -> None:
    assert "default-src 'none'" in site.client.get("/api/v1/jobs").headers["content-security-policy"]


@pytest.mark.parametrize("path", PATHS)
def test_every_request_has_an_id_of_its_own(site: Site, path: str) -> None:
    first, second = (site.client.get(path).headers["x-request-id"] for _ in range(2))
    assert UUID(first) != UUID(second)


def test_the_id_of_a_request_is_a_uuid_whatever_is_sent(site: Site) -> None:
    answer = site.client.get("/nothing", headers={"x-request-id": "mine"})
    assert "mine" not in answer.text + answer.headers["x-request-id"]
    assert str(UUID(answer.headers["x-request-id"])) == answer.headers["x-request-id"]


@pytest.mark.parametrize("path", PATHS)
def test_a_request_goes_by_the_id_that_it_came_with(site: Site, path: str) -> None:
    given, request_id = str(uuid4()), uuid4()
    traced = {"traceparent": f"00-{request_id.hex}-00f067aa0ba902b7-01"}
    for headers, identity in ((traced, str(request_id)), ({**traced, "x-request-id": given}, given)):
        for host in ("localhost", "evil.example"):
            answer = site.client.get(path, headers={**headers, "host": host})
            assert answer.headers["x-request-id"] == identity
            if answer.headers["content-type"] == "application/problem+json":
                assert answer.json()["instance"] == f"urn:uuid:{identity}"


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET http://evil.example/api/v1/jobs HTTP/1.1",
        b"GET //evil.example/api/v1/jobs HTTP/1.1",
        b"GET /api/v1/jobs/\xff HTTP/1.1",
        b"GET /api/v1/jobs/%ff%fe HTTP/1.1",
        b"GET /api/v1/jobs?status=%ff HTTP/1.1",
        b"GET /api/v1/jobs?cursor=%00 HTTP/1.1",
        b"GET /api/v1/jobs?name=%ed%a0%80 HTTP/1.1",
        b"GET /api/v1/jobs/" + b"x" * 30_000 + b" HTTP/1.1",
        b"CONNECT localhost:22 HTTP/1.1",
        b"GET * HTTP/1.1",
        b"GET api/v1/jobs HTTP/1.1",
        b"GET ftp://localhost/api/v1/jobs HTTP/1.1",
        b"GET http:///api/v1/jobs HTTP/1.1",
        b"HEAD /api/v1/jobs HTTP/1.1",
        b"GET /api/v1/jobs HTTP/9.9",
        b"\x16\x03\x01\x02\x00\x01",
        b"PRI * HTTP/2.0",
    ],
)
def test_a_strange_request_is_no_fault_of_the_service(site: Site, request_line: bytes) -> None:
    answer = site.raw(request_line + b"\r\nhost: localhost\r\nconnection: close\r\n\r\n")
    assert re.match(rb"HTTP/1.1 [24]\d\d ", answer), answer
    assert b"Traceback" not in answer


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        (b"http://localhost/api/v1/jobs", b"localhost", b"200"),
        (b"HTTP://LOCALHOST:8000/api/v1/jobs?limit=1", b"localhost", b"200"),
        (b"https://localhost/api/v1/jobs", b"localhost", b"200"),
        (b"http://localhost/api/v1/jobs", b"evil.example", b"200"),
        (b"http://evil.example/api/v1/jobs", b"localhost", b"421"),
        (b"http://me@localhost/api/v1/jobs", b"localhost", b"400"),
        (b"http://localhost?limit=1", b"localhost", b"200"),
    ],
)
def test_of_an_address_in_full_its_host_counts(site: Site, target: bytes, host: bytes, status: bytes) -> None:
    answer = site.raw(b"GET " + target + b" HTTP/1.1\r\nhost: " + host + b"\r\nconnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 " + status), answer


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_has_one_host_also_with_an_address_in_full(site: Site, method: str) -> None:
    hosts = b"\r\nhost: localhost\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    for fields in (b"\r\nconnection: close\r\n\r\n", hosts):
        answer = site.raw(f"{method} http://localhost/api/v1/jobs HTTP/1.1".encode() + fields)
        assert answer.startswith(b"HTTP/1.1 400"), answer


@pytest.mark.parametrize("target", [b"*", b"http://localhost"])
def test_options_of_the_server_name_every_method(site: Site, target: bytes) -> None:
    answer = site.raw(b"OPTIONS " + target + b" HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 204"), answer
    assert b"\r\nallow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n" in answer


def test_an_ambiguous_length_does_not_smuggle_a_second_request(site: Site) -> None:
    body = form(part(picture()))
    head = site.head(f"content-length: {len(body)}", "transfer-encoding: chunked").replace(b"close", b"keep-alive")
    answer = site.raw(head + b"0\r\n\r\nGET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"\r\n\r\n") == 1  # of one answer
