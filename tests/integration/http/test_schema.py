"""The description of the API, and its page."""

import re

from integration.http.site import Site

ROUTES = {
    ("/api/v1/jobs", "get"),
    ("/api/v1/jobs", "post"),
    ("/api/v1/jobs/{job_id}", "get"),
    ("/api/v1/jobs/{job_id}", "patch"),
    ("/api/v1/jobs/{job_id}", "delete"),
    ("/api/v1/jobs/{job_id}/cancel", "post"),
    ("/api/v1/jobs/{job_id}/retry", "post"),
    ("/api/v1/jobs/{job_id}/items", "get"),
    ("/api/v1/jobs/{job_id}/result", "get"),
    ("/api/v1/jobs/{job_id}/timeline", "get"),
    ("/api/v1/items/{item_id}", "get"),
    ("/api/v1/items/{item_id}/result", "get"),
    ("/api/v1/stats", "get"),
    ("/health/live", "get"),
    ("/health/ready", "get"),
}


def test_the_description_lists_every_route(site: Site) -> None:
    paths = site.client.get("/schema/openapi.json").json()["paths"]
    assert {(path, method) for path, methods in paths.items() for method in methods} >= ROUTES


def test_the_description_says_what_a_submission_is(site: Site) -> None:
    operation = site.client.get("/schema/openapi.json").json()["paths"]["/api/v1/jobs"]["post"]
    schema = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert set(schema["properties"]) == {"files", "name", "languages", "engine", "psm", "expires_in"}
    assert "202" in operation["responses"]


def test_the_description_says_how_each_route_refuses(site: Site) -> None:
    paths = site.client.get("/schema/openapi.json").json()["paths"]
    for path, methods in paths.items():
        for operation in methods.values():
            if path.startswith("/api/"):
                assert "application/problem+json" in operation["responses"]["500"]["content"]


def test_the_description_says_what_each_operation_does(site: Site) -> None:
    paths = site.client.get("/schema/openapi.json").json()["paths"]
    for path, methods in paths.items():
        for operation in methods.values():
            if not path.startswith("/schema"):  # the framework's own
                assert operation.get("description", "").endswith("."), path


def test_the_description_says_what_each_parameter_is(site: Site) -> None:
    paths = site.client.get("/schema/openapi.json").json()["paths"]
    for path, methods in paths.items():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                assert parameter["in"] == "path" or parameter.get("description"), (path, parameter["name"])


def test_the_page_works_without_internet(site: Site) -> None:
    page = site.client.get("/schema")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    addresses = re.findall(r"""(?:src|href)=["']([^"']+)""", page.text)
    assert addresses
    assert all(address.startswith(("/schema/", "data:")) for address in addresses), addresses
    for address in addresses:
        if address.startswith("/"):
            assert len(site.client.get(address).content) > 1000, address


def test_what_the_page_loads_is_allowed_by_its_policy(site: Site) -> None:
    policy = site.client.get("/schema").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


def test_other_folders_than_that_of_the_page_are_not_served(site: Site) -> None:
    for path in ("../__init__.py", "..%2f__init__.py", "%2e%2e/__init__.py", "/etc/passwd", "%2fetc%2fpasswd", ""):
        assert site.client.get(f"/schema/static/{path}").status_code == 404
