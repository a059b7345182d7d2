"""Unknown addresses and ids, methods that are not allowed, and unknown query parameters."""

from uuid import UUID, uuid4

import pytest

from integration.http.site import Site, problem

#: Each route of a job: its method, and its path below the job.
BELOW_JOBS = [
    ("GET", ""),
    ("PATCH", ""),
    ("DELETE", ""),
    ("POST", "/cancel"),
    ("POST", "/retry"),
    ("GET", "/items"),
    ("GET", "/result"),
    ("GET", "/result?format=json"),
    ("GET", "/timeline"),
]
BELOW_ITEMS = ["", "/result", "/result?format=json"]
#: Strings in the place of an id that are not UUIDs.
INVALID_IDS = [
    "1",
    "x" * 36,
    "health",
    "%2e%2e",
    "..%5c..%5cetc",
    "%00",
    "'%20or%201=1--",
    "%F0%9F%98%80",
    "é" * 500,
]


@pytest.mark.parametrize(("method", "path"), BELOW_JOBS)
def test_an_unknown_job_is_not_found(site: Site, method: str, path: str) -> None:
    body = {"name": "x"} if method == "PATCH" else None
    problem(site.client.request(method, f"/api/v1/jobs/{uuid4()}{path}", json=body), "job-not-found")


@pytest.mark.parametrize("path", BELOW_ITEMS)
def test_an_unknown_item_is_not_found(site: Site, path: str) -> None:
    problem(site.client.get(f"/api/v1/items/{uuid4()}{path}"), "item-not-found")


@pytest.mark.parametrize("job_id", INVALID_IDS)
def test_an_invalid_job_id_is_answered_like_an_unknown_one(site: Site, job_id: str) -> None:
    unknown = problem(site.get(f"/jobs/{uuid4()}"), "job-not-found")
    fields = site.client.get(f"/api/v1/jobs/{job_id}").json()
    assert fields | {"instance": ""} == unknown | {"instance": ""}


@pytest.mark.parametrize(("method", "path"), BELOW_JOBS)
def test_every_address_below_an_invalid_job_id_is_not_found(site: Site, method: str, path: str) -> None:
    body = {"name": "x"} if method == "PATCH" else None
    problem(site.client.request(method, f"/api/v1/jobs/no-id{path}", json=body), "job-not-found")


@pytest.mark.parametrize("path", BELOW_ITEMS)
@pytest.mark.parametrize("item_id", INVALID_IDS)
def test_an_invalid_item_id_is_not_found(site: Site, item_id: str, path: str) -> None:
    problem(site.client.get(f"/api/v1/items/{item_id}{path}"), "item-not-found")


def test_an_id_in_another_notation_is_the_same_id(site: Site) -> None:
    job_id = site.submit()["id"]
    assert site.get(f"/jobs/{UUID(job_id).hex.upper()}").json()["id"] == job_id


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/v1/jobs", {"GET", "POST"}),
        ("DELETE", "/api/v1/jobs", {"GET", "POST"}),
        ("POST", "/api/v1/jobs/1", {"GET", "PATCH", "DELETE"}),
        ("GET", "/api/v1/jobs/1/cancel", {"POST"}),
        ("DELETE", "/api/v1/jobs/1/items", {"GET"}),
        ("POST", "/health/live", {"GET"}),
        ("TRACE", "/api/v1/jobs", {"GET", "POST"}),
        ("BREW", "/api/v1/jobs", {"GET", "POST"}),
    ],
)
def test_a_method_that_is_not_allowed_is_answered_with_those_that_are(
    site: Site, method: str, path: str, allowed: set[str]
) -> None:
    answer = site.client.request(method, path)
    problem(answer, "method-not-allowed")
    assert allowed <= {name.strip() for name in answer.headers["allow"].split(",")}


@pytest.mark.parametrize(
    "path",
    [
        "/index.html",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v2/jobs",
        "/pages",
        "/robots.txt",
        "/schema/redoc",
        "/schema/openapi.yaml",
        "/schema/static/..%2f..%2fetc%2fpasswd",
    ],
)
def test_an_unknown_path_is_not_found(site: Site, path: str) -> None:
    problem(site.client.get(path), "not-found")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "BREW"])
def test_an_unknown_path_is_not_found_by_any_method(site: Site, method: str) -> None:
    problem(site.client.request(method, "/nothing/here"), "not-found")


@pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/v1/stats", "/health/live", "/metrics", "/schema"])
def test_head_is_get_without_its_body(site: Site, path: str) -> None:
    got, headed = site.client.get(path), site.client.head(path)
    assert (headed.status_code, headed.content) == (200, b"")
    assert headed.headers["content-type"] == got.headers["content-type"]


def test_head_of_a_result_says_how_long_it_is(site: Site) -> None:
    job = site.submit("HELLO")
    site.world.process_all()
    for form in ("txt", "json"):
        path = f"/api/v1/jobs/{job['id']}/result?format={form}"
        got, headed = site.client.get(path), site.client.head(path)
        assert (headed.content, headed.headers["content-length"]) == (b"", str(len(got.content)))


def test_head_is_allowed_only_where_get_is(site: Site) -> None:
    assert site.client.head(f"/api/v1/jobs/{uuid4()}/cancel").status_code == 405
    assert site.client.head(f"/api/v1/jobs/{uuid4()}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "takes"),
    [
        ("GET", "jobs?stauts=DONE", "created_after, created_before, cursor, limit, name, owner, status."),
        ("GET", "jobs?service=1", "created_after, created_before, cursor, limit, name, owner, status."),
        ("GET", "jobs/x/result?fmt=json", "format, owner."),
        ("POST", "jobs/x/cancel?force=1", "owner."),
        ("POST", "jobs/x/retry?sender=1", "owner."),
        ("GET", "stats?x", "nor any other."),
    ],
)
def test_an_unknown_query_parameter_is_refused(site: Site, method: str, path: str, takes: str) -> None:
    fields = problem(site.client.request(method, f"/api/v1/{path}"), "invalid-option")
    assert "There is no query parameter" in fields["detail"]
    assert fields["detail"].endswith(takes)


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/v1/jobs", "GET, HEAD, OPTIONS, POST"),
        ("/api/v1/jobs/1", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("/api/v1/jobs/1/cancel", "OPTIONS, POST"),
        ("/health/live", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_name_every_method_of_an_address(site: Site, path: str, methods: str) -> None:
    answer = site.client.options(path)
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, methods, b"")


def test_options_of_an_unknown_address_is_not_found(site: Site) -> None:
    problem(site.client.options("/nothing"), "not-found")


@pytest.mark.parametrize("name", ["%00", "a" * 300, "swagger-ui.css%00", "swagger-initializer.js", "a/b"])
def test_no_other_file_of_the_page_is_there(site: Site, name: str) -> None:
    problem(site.client.get(f"/schema/static/{name}"), "not-found")
