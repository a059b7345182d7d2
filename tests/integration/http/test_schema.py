"""The description of the API, and its page."""

import re
from functools import cache
from typing import Any

import click
import httpx
import pytest

from entrypoints.cli import main
from entrypoints.client import Client
from entrypoints.http.app import create_app
from entrypoints.http.problems import PROBLEMS
from entrypoints.settings import Settings
from integration.http.site import Site, listening
from ocrcore.domain.limits import LimitPolicy
from ocrcore.formats.registry import FORMATS
from worlds import World

ROUTES = {
    ("/api/v1/jobs", "get"),
    ("/api/v1/jobs", "post"),
    ("/api/v1/ocr", "post"),
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
    ("/api/v1/search", "get"),
    ("/api/v1/stats", "get"),
    ("/health/live", "get"),
    ("/health/ready", "get"),
}


def test_the_description_lists_every_route(site: Site) -> None:
    paths = site.client.get("/schema/openapi.json").json()["paths"]
    assert {(path, method) for path, methods in paths.items() for method in methods} >= ROUTES


def test_operations_have_short_names_for_generated_clients(site: Site) -> None:
    paths = site.client.get("/schema/openapi.json").json()["paths"]
    names = [operation["operationId"] for methods in paths.values() for operation in methods.values()]
    assert {"listJobs", "getJob", "submitJob", "cancelJob", "jobResult", "itemResult", "search"} <= set(names)
    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch(r"[a-z]+([A-Z][a-z]+){0,2}", name)] == []


@pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/v1/ocr"])
def test_the_description_says_what_a_submission_is(site: Site, path: str) -> None:
    operation = site.client.get("/schema/openapi.json").json()["paths"][path]["post"]
    schema = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    of_reading = {"languages", "engine", "psm", "pages", "dpi", "pdf_text", "rotate", "quality"}
    assert set(schema["properties"]) == {"files", "name", "expires_in", "keep", "accept_partial"} | of_reading
    assert "202" in operation["responses"]


def test_the_description_says_in_which_formats_a_text_is_answered_at_once(site: Site) -> None:
    operation = site.client.get("/schema/openapi.json").json()["paths"]["/api/v1/ocr"]["post"]
    assert set(operation["responses"]["200"]["content"]) == {row.media_type for row in FORMATS.values()}
    assert "$ref" in operation["responses"]["202"]["content"]["application/json"]["schema"]
    assert {parameter["name"] for parameter in operation["parameters"]} == {
        "format",
        "wait",
        "Idempotency-Key",
        "owner",
    }


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


@pytest.mark.parametrize("kind", ["jobs", "items"])
def test_a_result_is_as_the_description_says(site: Site, kind: str) -> None:
    job_id = site.submit("ALPHA BETA")["id"]
    site.world.process_all()
    ids = {"jobs": job_id, "items": site.get(f"/jobs/{job_id}/items").json()["items"][0]["id"]}
    description = site.client.get("/schema/openapi.json").json()
    (path,) = [path for path in description["paths"] if path.startswith(f"/api/v1/{kind}/") and "result" in path]
    content = description["paths"][path]["get"]["responses"]["200"]["content"]
    assert content["text/plain"]["schema"] == {"type": "string"}
    result = site.get(f"/{kind}/{ids[kind]}/result", format="json").json()
    compare(result, content["application/json"]["schema"], description["components"]["schemas"])


@pytest.fixture
def description(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = site.client.get("/schema/openapi.json").json()
    return found


def operations(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = [operation for methods in description["paths"].values() for operation in methods.values()]
    return {operation["operationId"]: operation for operation in found}


@cache
def described(auth: str) -> dict[str, Any]:
    """Return the description of a service with this authentication; some routes are there with keys only."""
    with listening(create_app(World().service, Settings(auth=auth, open=("schema",)))) as port:
        found: dict[str, Any] = httpx.get(f"http://127.0.0.1:{port}/schema/openapi.json").json()
    return found


#: Operation -> the method of the client, and the command of ocrcore.
VERBS = {
    "readFiles": ("read", "jobs submit"),
    "submitJob": ("submit", "jobs submit"),
    "submitDraft": ("submit_draft", "jobs submit"),
    "renewUploads": ("renew_uploads", "jobs submit"),
    "receiveUpload": ("upload", "jobs submit"),
    "listJobs": ("list", "jobs list"),
    "getJob": ("get", "jobs show"),
    "listItems": ("items", "jobs show"),
    "getItem": ("item", "jobs show"),
    "jobResult": ("result", "jobs result"),
    "itemResult": ("item_result", "jobs result"),
    "itemImage": ("image", "jobs image"),
    "jobTimeline": ("timeline", "jobs timeline"),
    "renameJob": ("rename", "jobs rename"),
    "cancelJob": ("cancel", "jobs cancel"),
    "retryJob": ("retry", "jobs retry"),
    "deleteJob": ("delete", "jobs delete"),
    "jobEvents": ("events", "jobs watch"),
    "allEvents": ("events", "jobs watch"),
    "search": ("search", "jobs search"),
    "stats": ("stats", "jobs stats"),
    "audit": ("audit", "jobs audit"),
    "listKeys": ("keys", "jobs keys list"),
    "createKey": ("create_key", "jobs keys create"),
    "revokeKey": ("revoke_key", "jobs keys revoke"),
    "rotateKey": ("rotate_key", "jobs keys rotate"),
    "listCorrections": ("corrections", "correct"),
    "correctItem": ("correct", "correct"),
    "listByConfidence": ("least_sure", "review"),
    "reviewItem": ("review", "review"),
    "unreviewItem": ("review", "review"),
    "listWebhooks": ("webhooks", "webhooks list"),
    "createWebhook": ("create_webhook", "webhooks create"),
    "deleteWebhook": ("delete_webhook", "webhooks delete"),
    "pingWebhook": ("ping_webhook", "webhooks ping"),
    "listDeliveries": ("deliveries", "webhooks deliveries"),
    "redeliver": ("redeliver", "webhooks redeliver"),
}
#: What browsers, load balancers and Prometheus call.
NO_VERBS = {"openSession", "closeSession", "live", "ready", "metrics"}


def test_every_verb_of_the_api_is_a_command_and_a_method_of_the_client() -> None:
    assert set(operations(described("keys"))) == VERBS.keys() | NO_VERBS
    for method, command in VERBS.values():
        assert callable(getattr(Client, method))
        found: click.Command = main
        for name in command.split():
            assert isinstance(found, click.Group)
            found = found.commands[name]


def test_instants_ids_and_pictures_have_formats(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    job, item = schemas["JobView"]["properties"], schemas["ItemView"]["properties"]
    assert [job[name]["format"] for name in ("id", "created_at", "sqs_retention_deadline")] == [
        *("uuid", "date-time", "date-time"),
    ]
    assert [kind.get("format") for kind in job["finished_at"]["oneOf"]] == ["date-time", None]
    assert item["job_id"]["format"] == "uuid"
    picture = operations(description)["itemImage"]["responses"]["200"]["content"]
    assert {content["schema"]["format"] for content in picture.values()} == {"binary"}


def test_every_field_with_the_name_of_an_instant_has_its_format(description: dict[str, Any]) -> None:
    for name, schema in description["components"]["schemas"].items():
        for field, value in schema.get("properties", {}).items():
            if re.search(r"_at$|_until$|_deadline$", field):
                assert value.get("oneOf", [value])[0]["format"] == "date-time", (name, field)


def test_every_id_of_a_row_is_a_uuid() -> None:
    description = described("keys")
    fields = [
        (f"{name}.{field}", value)
        for name, schema in description["components"]["schemas"].items()
        for field, value in schema.get("properties", {}).items()
        if field == "id" or field.endswith("_id")
    ]
    fields += [
        (parameter["name"], parameter["schema"])
        for operation in operations(description).values()
        for parameter in operation["parameters"]
        if parameter["name"].endswith("_id")
    ]
    plain = {name for name, value in fields if value.get("oneOf", [value])[0].get("format") != "uuid"}
    of_keys = {"KeyView.id", "NewKeyView.id", "SessionView.key_id", "key_id"}  # eight letters
    assert plain == of_keys | {"AccessEntryView.event_id", "EntryView.event_id", "DeliveryView.message_id"}


def test_lists_that_may_grow_are_told_and_only_closed_ones_are_enums() -> None:
    """A generated client would refuse a value that is in no enum."""
    schemas = described("keys")["components"]["schemas"]
    enums = {
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, value in schema.get("properties", {}).items()
        for kind in [*value.get("oneOf", [value]), value.get("oneOf", [value])[0].get("items", {})]
        if "enum" in kind and name not in {"Announcement", "WantedKey", "WantedWebhook"}  # which are sent
    }
    assert enums == {
        *("ItemView.rotation", "Problem.policy", "UploadView.method"),
        *("KeyView.scopes", "NewKeyView.scopes", "SessionView.scopes"),
    }
    assert schemas["WantedWebhook"]["properties"]["events"]["oneOf"][0]["items"]["enum"] == [
        "job.finished",
        "job.deleted",
    ]
    assert "no-words" in schemas["ItemView"]["properties"]["warnings"]["items"]["description"]
    for name, field in [("DeliveryView", "status"), ("EntryView", "action"), ("OptionsView", "quality")]:
        assert schemas[name]["properties"][field]["description"].endswith("or one that is newer than this description.")


def test_options_have_ranges_and_defaults(description: dict[str, Any]) -> None:
    form = operations(description)["submitJob"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    psm, expires_in, keep = (form["properties"][name] for name in ("psm", "expires_in", "keep"))
    assert (psm["type"], psm["default"], psm["enum"]) == ("integer", 3, [1, *range(3, 14)])
    assert re.fullmatch(expires_in["pattern"], "12h")
    assert not re.fullmatch(expires_in["pattern"], "soon")
    assert re.fullmatch(keep["pattern"], "forever")
    dpi = form["properties"]["dpi"]["pattern"]
    dpis = [number for number in range(1, 2000) if re.fullmatch(dpi, str(number))]
    assert dpis == [*range(72, 601)]
    assert [form["properties"][name]["default"] for name in ("engine", "keep")] == ["auto", "forever"]
    for name in ("languages", "quality", "expires_in"):  # a client would send a default, and miss what is set later
        assert "default" not in form["properties"][name]
        assert "By default what OCR_" in form["properties"][name]["description"]
    assert form["properties"]["accept_partial"]["default"] is False
    wait = operations(description)["getJob"]["parameters"]
    assert [one["schema"].get("pattern") for one in wait if one["name"] == "wait"] == ["^[0-9]{1,9}[smhd]?$"]
    waits = [one["schema"] for one in operations(description)["readFiles"]["parameters"] if one["name"] == "wait"]
    assert [one["default"] for one in waits] == ["30s"]


def test_every_problem_has_an_example_of_its_route(description: dict[str, Any]) -> None:
    named = set()
    for operation in operations(description).values():
        for status, answer in operation["responses"].items():
            if status >= "400":
                examples = answer["content"]["application/problem+json"]["examples"]
                assert {str(example["value"]["status"]) for example in examples.values()} == {status}
                assert all(f"`{code}`" in answer["description"] for code in examples)
                named |= examples.keys()
    only_with_keys = {"unauthenticated", "insufficient-scope", "key-not-found", "issuer-unavailable"}
    never_described = {"method-not-allowed", "multi-frame-image"}  # of no operation; of old jobs
    assert set(map(str, PROBLEMS)) - named <= only_with_keys | never_described


def test_the_answer_to_a_limit_names_it(description: dict[str, Any]) -> None:
    policy = description["components"]["schemas"]["Problem"]["properties"]["policy"]
    assert policy["enum"] == [str(one) for one in LimitPolicy]
    assert "policy" not in description["components"]["schemas"]["Problem"]["required"]
    answer = operations(description)["listJobs"]["responses"]["429"]
    assert answer["content"]["application/problem+json"]["examples"]["rate-limited"]["value"]["policy"] == "requests"
    assert "Retry-After" in answer["headers"]


@pytest.mark.parametrize(("auth", "security"), [("none", [{}, {"key": []}]), ("keys", [{"key": []}, {"session": []}])])
def test_the_description_says_who_needs_a_key(auth: str, security: list[dict[str, list[str]]]) -> None:
    found = described(auth)
    assert found["security"] == security
    assert {name for one in security for name in one} == set(found["components"]["securitySchemes"])
    public = {name for name, operation in operations(found).items() if operation.get("security") == []}
    assert {"live", "ready", "receiveUpload"} <= public
    assert not {"listJobs", "submitJob", "stats", "listKeys"} & public


def test_what_is_used_first_comes_first(description: dict[str, Any]) -> None:
    assert [*operations(description)][:4] == ["readFiles", "listJobs", "submitJob", "getJob"]
    tags = [tag["name"] for tag in description["tags"]]
    assert tags[:3] == ["jobs", "items", "search"]
    assert {tag for operation in operations(description).values() for tag in operation["tags"]} == set(tags)
    for operation in operations(description).values():
        assert len(operation["tags"]) == 1
        assert operation["summary"]
        assert not operation["summary"].endswith(".")


def test_files_that_are_announced_are_described_too(description: dict[str, Any]) -> None:
    schema = description["components"]["schemas"]["Announcement"]
    assert schema["required"] == ["uploads"]
    assert "languages" in schema["properties"]


def compare(value: Any, schema: dict[str, Any], components: dict[str, Any]) -> None:  # noqa: ANN401 - any JSON
    if "$ref" in schema:
        schema = components[schema["$ref"].rsplit("/", 1)[1]]
    for one in schema.get("oneOf", []):
        if value is not None and one["type"] != "null":
            compare(value, one, components)
            return
    if isinstance(value, dict):
        assert value.keys() == schema["properties"].keys() == set(schema["required"])
        for key, part in value.items():
            if key == "warnings" and not part:
                continue  # few files have any
            compare(part, schema["properties"][key], components)
    elif isinstance(value, list):
        assert value, "nothing was compared"
        for part in value:
            compare(part, schema["items"], components)


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
