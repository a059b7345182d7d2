"""The description of the API as generators of clients like it: what the framework cannot say is added here, once.

The framework describes parameters and bodies by their types in Python, in which an instant, an id and a picture are
texts and bytes. This module adds their formats and ranges, examples that can be tried out, the problems of each
operation, the schemes of authentication, and an order that begins with what is used first.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final

from entrypoints.http.problem_tables import problems_of
from ocrcore.domain.audit import AuditAction
from ocrcore.domain.codes import ItemErrorCode, ItemWarning, JobWarning
from ocrcore.domain.key_entry import KeyAction
from ocrcore.domain.limits import LimitPolicy
from ocrcore.domain.notice import SUBSCRIBABLE, WebhookEvent
from ocrcore.domain.options import OPTIONS
from ocrcore.domain.search_query import MAX_QUERY
from ocrcore.domain.webhook import DeliveryError, DeliveryStatus

Json = dict[str, Any]

_EXAMPLE: Final = "01a21f25-ba3c-77da-9fed-8ed65c4e21b8"
_INSTANT: Final = "2026-11-23T20:00:00.000000Z"
_UUID: Final[Json] = {"format": "uuid", "examples": [_EXAMPLE]}
_DATE_TIME: Final[Json] = {"format": "date-time", "examples": [_INSTANT]}
_COUNT: Final[Json] = {"minimum": 0}
_FROM_ONE: Final[Json] = {"minimum": 1}
_CONFIDENCE: Final[Json] = {"minimum": 0, "maximum": 100}
_DURATION: Final = "^[0-9]{1,9}[smhd]?$"


def _open(values: Iterable[str]) -> Json:
    """Return what is said of a text of an answer whose list may grow: an enum would have clients refuse new ones."""
    return {"description": f"One of {', '.join(values)}, or one that is newer than this description."}


_PROBLEM_TYPE: Final = "application/problem+json"

#: The tags in their order.
_TAGS: Final[Mapping[str, str]] = {
    "jobs": "Send files, follow them, and fetch what was read.",
    "items": "One page of a job: its text, its layout, its picture.",
    "search": "Find pages by their words.",
    "events": "Streams of what changes.",
    "webhooks": "Be told when a job is finished.",
    "keys": "The keys of an owner.",
    "sessions": "Signing in and out, for pages and scripts.",
    "stats": "The whole service: its pages and its workers.",
    "audit": "What happened to keys and sessions.",
    "health": "Whether the process is alive and ready, and its figures.",
}
#: The operations that are used first; the others follow in the order of their tags and paths.
_FIRST: Final = ("readFiles", "submitJob", "getJob", "jobResult", "listJobs", "listItems", "jobTimeline", "renameJob")
_METHODS: Final = ("get", "post", "put", "patch", "delete")

#: Names of fields and parameters, wherever they are -> what their schemas say besides the type.
_FIELDS: Final[Mapping[str, Json]] = {
    **dict.fromkeys(("job_id", "item_id", "webhook_id", "delivery_id"), _UUID),
    **dict.fromkeys(("at", "created_after", "created_before"), _DATE_TIME),
    **dict.fromkeys(
        (
            *("total", "pending", "processing", "done", "error", "expired", "position", "index", "attempts", "slots"),
            *("seconds_per_page", "pages_per_minute", "backlog_minutes", "revision", "line", "word"),
        ),
        _COUNT,
    ),
    **dict.fromkeys(("page", "width", "height"), _FROM_ONE),
    "confidence": _CONFIDENCE,
    "number": {"minimum": 0},
    "wait": {"pattern": _DURATION, "examples": ["20s"]},
    "expires_in": {"examples": ["90d"]},
    "bbox": {"minItems": 4, "maxItems": 4},
    "baseline": {"minItems": 2, "maxItems": 2},
    "q": {"maxLength": MAX_QUERY, "examples": ["invoice*"]},
    "scopes": {"items": {"type": "string", "enum": ["read", "write", "admin"]}},
    "method": {"enum": ["PUT", "POST"]},
    "url": {"format": "uri"},
}
#: The names of fields that are instants.
_INSTANTS: Final = re.compile(r"_(at|until|deadline)$")
#: Schema -> field -> what it says besides the type.
_OF_SCHEMAS: Final[Mapping[str, Mapping[str, Json]]] = {
    "JobView": {"id": _UUID},
    "ItemView": {
        "id": _UUID,
        "dpi": {"exclusiveMinimum": 0},
        "rotation": {"enum": [0, 90, 180, 270]},
        "error_code": _open(ItemErrorCode),
        "warnings": {"items": {"type": "string", **_open(ItemWarning)}},
    },
    "WorkerView": {"id": _UUID, "kind": _open(("serve", "worker", "library"))},
    "WebhookView": {"id": _UUID, "events": {"items": {"type": "string", **_open(SUBSCRIBABLE)}}},
    "NewWebhookView": {"id": _UUID, "events": {"items": {"type": "string", **_open(SUBSCRIBABLE)}}},
    "WantedWebhook": {"events": {"items": {"type": "string", "enum": [*SUBSCRIBABLE]}}},
    "DeliveryView": {
        "id": _UUID,
        "status": _open(DeliveryStatus),
        "event": _open(WebhookEvent),
        "error": _open(DeliveryError),
    },
    "EntryView": {"action": _open(AuditAction)},
    "AccessEntryView": {"action": _open(KeyAction)},
    "FileWarningView": {"code": _open(JobWarning)},
    "OptionsView": {
        "expires_in": {"minimum": 1, "examples": [172_800]},
        "psm": {"minimum": 1, "maximum": 13},
        **{option.name: _open(option.choices) for option in OPTIONS if option.choices},
    },
    "Rename": {"name": {"minLength": 1, "examples": ["Monday"]}},
    "WantedKey": {"name": {"examples": ["scanner"]}},
}
#: What the framework calls a body -> its name. It has longer names for later applications of a process.
_BODY: Final = re.compile(
    r"^(?:[\w.]+\.)?(?:Rename_?Job|Create_?Key|Correct_?Item|Open_?Session|Create_?Webhook)(?:\w+_\d+)?(\w+)RequestBody(?:_\d+)?$",
    re.IGNORECASE,
)
#: Bodies in which other members are refused.
_CLOSED: Final = ("Rename", "WantedKey")
_PROBLEM: Final[Json] = {
    "type": {"format": "uri", "examples": ["urn:ocrcore:problem:job-not-found"]},
    "code": {"description": "One of those that the answer lists, or one that is newer than this description."},
    "status": {"minimum": 400, "maximum": 599},
    "instance": {"format": "uri", "description": "The request id, for the operator of the service."},
    "index": {
        "type": "integer",
        "minimum": 0,
        "description": "The position of the refused file in the request, if it is about one.",
    },
    "policy": {
        "type": "string",
        "enum": [str(policy) for policy in LimitPolicy],
        "description": "Of status 429: the limit that is used up.",
    },
}
_RETRY_AFTER: Final[Json] = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}
}
_LOCATION: Final[Json] = {
    "Location": {"description": "The path of the job.", "schema": {"type": "string", "format": "uri-reference"}}
}
_WITH_RETRY: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_MAKING: Final = frozenset({"submitJob", "readFiles", "submitDraft"})
#: What the framework says of an answer that nobody described.
_EMPTY: Final = frozenset(str(status.description) for status in HTTPStatus if status < HTTPStatus.MULTIPLE_CHOICES)
_STATUSES: Final[Mapping[str, str]] = {
    "200": "It was done.",
    "201": "It was made.",
    "202": "It was accepted, and goes on.",
    "204": "It was done; the answer is empty.",
}
_BINARY: Final = frozenset({"image/*", "application/pdf", "application/octet-stream"})
_NOISE: Final = ("deprecated", "allowEmptyValue", "allowReserved")
_SCHEMES: Final[Json] = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key, or an access token of the issuer."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-ocr",
        "description": "What a browser gets by signing in; over plain HTTP on this machine it is called ocr.",
    },
}


@dataclass(frozen=True, slots=True)
class Access:
    """Which operations need what."""

    #: Whether requests need a key.
    keys: bool
    #: The operations that need none in any case.
    public: frozenset[str]


def described(framework: Mapping[str, Any], access: Access, more: Mapping[str, Json]) -> Json:
    """Return the description with all that the framework left out, and ``more`` schemas; what it made stays."""
    whole: Json = deepcopy(dict(framework))
    schemas = {**whole["components"]["schemas"], **more}
    for name in list(schemas):
        schemas[_BODY.sub(r"\1", name)] = schemas.pop(name)
    for name, schema in schemas.items():
        _complete(schema, _OF_SCHEMAS.get(name, {}))
        schema.pop("title", None)
        if name in _CLOSED:
            schema["additionalProperties"] = False
    _complete_problem(schemas["Problem"])
    whole["components"]["schemas"] = dict(sorted(schemas.items()))
    whole["components"]["securitySchemes"] = _SCHEMES if access.keys else {"key": _SCHEMES["key"]}
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            _complete_operation(method, path, operation, access)
    whole["paths"] = dict(sorted(whole["paths"].items(), key=lambda row: _place(*row)))
    used = {tag for operations in whole["paths"].values() for one in operations.values() for tag in one["tags"]}
    whole["tags"] = [{"name": tag, "description": _TAGS.get(tag, f"{tag}.")} for tag in _sorted_tags(used)]
    whole["info"]["version"] = version("ocrcore")
    whole["info"]["license"] = {"name": "MIT", "identifier": "MIT"}
    whole["security"] = [{"key": []}, {"session": []}] if access.keys else [{}, {"key": []}]
    renamed: Json = _with_new_names(whole)
    return renamed


def _complete_operation(method: str, path: str, operation: Json, access: Access) -> None:
    name = operation["operationId"]
    operation["summary"] = re.split(r"[.](?:\s|$)", operation["description"])[0]
    given = operation.get("parameters", [])
    operation["parameters"] = [_parameter(one) for one in [*given, *_left_out(path, given)]]
    for body in operation.get("requestBody", {}).get("content", {}).values():
        _complete(body["schema"], {})
    if name == "submitJob":
        operation["x-json-body"] = {"$ref": "#/components/schemas/Announcement"}
    is_public = name in access.public
    if is_public:
        operation["security"] = []
    answers = {status: one for status, one in operation["responses"].items() if status < "400"}
    for status, one in answers.items():
        _complete_answer(name, status, one)
    for number, codes in problems_of(method, path, name, public=is_public, keys=access.keys).items():
        answers[str(number)] = _problem_answer(number, codes)
    operation["responses"] = dict(sorted(answers.items()))


def _complete_answer(operation: str, status: str, answer: Json) -> None:
    """Describe an answer that is no problem."""
    if answer["description"] in _EMPTY:
        answer["description"] = _STATUSES[status]
    if operation in _MAKING:
        answer["headers"] = {**answer.get("headers", {}), **_LOCATION}
    content: Json = answer.get("content", {})
    if "image/*" in content:  # or, as it was uploaded, a document or what nobody knows
        content |= {kind: {} for kind in ("application/octet-stream", "application/pdf")}
    for kind, described_as in content.items():
        if kind in _BINARY:
            described_as["schema"] = {"type": "string", "format": "binary"}


def _problem_answer(status: int, codes: Mapping[str, str]) -> Json:
    """Return the description of the problems of a status, with an example of each."""
    listed = "; ".join(f"`{code}`: {title[0].lower()}{title[1:]}" for code, title in codes.items())
    examples = {
        code: {
            "summary": title,
            "value": {
                "type": f"urn:ocrcore:problem:{code}",
                "code": code,
                "title": title,
                "status": status,
                "detail": f"{title}.",
                "instance": f"urn:uuid:{_EXAMPLE}",
                **({"policy": _policy_of(code)} if status == HTTPStatus.TOO_MANY_REQUESTS else {}),
            },
        }
        for code, title in codes.items()
    }
    answer: Json = {
        "description": f"{listed}.",
        "content": {_PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}},
    }
    return {**answer, "headers": _RETRY_AFTER} if status in _WITH_RETRY else answer


def _policy_of(code: str) -> str:
    return str(LimitPolicy.REQUESTS if code == "rate-limited" else LimitPolicy.OPEN_ITEMS)


def _complete_problem(schema: Json) -> None:
    for name, more in _PROBLEM.items():
        schema["properties"].setdefault(name, {}).update(more)


def _left_out(path: str, given: Sequence[Json]) -> Iterator[Json]:
    """Yield the parameters of a path that the framework does not describe."""
    known = {one["name"] for one in given}
    for name in re.findall(r"\{(\w+)\}", path):
        if name not in known:
            yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _parameter(parameter: Json) -> Json:
    kept = {name: value for name, value in parameter.items() if name not in _NOISE}
    schema = _without_null(kept["schema"])
    schema.pop("description", None)
    schema |= _FIELDS.get(kept["name"], {}) if "$ref" not in schema else {}
    if kept["name"] == "q":  # a search without words is refused
        kept["required"] = True
        del schema["default"]
    _complete(schema, {})
    if kept["in"] == "path":
        kept["required"] = True
        kept.setdefault("description", f"The {kept['name'].replace('_id', '')}.")
    kept["schema"] = schema
    return kept


def _without_null(schema: Json) -> Json:
    """Return the schema of a parameter that may be left out: it is never null, because no address can say that."""
    kinds = [kind for kind in schema.get("oneOf", []) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return dict(schema)
    rest = {name: value for name, value in schema.items() if name != "oneOf"}
    return {**kinds[0]} if "$ref" in kinds[0] else {**kinds[0], **rest}


def _complete(schema: Json, own: Mapping[str, Json]) -> None:
    """Add formats and ranges to the fields of a schema, at any depth, and make whole numbers of its limits."""
    for limit in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        if isinstance(schema.get(limit), float) and schema[limit].is_integer():
            schema[limit] = int(schema[limit])
    for name, field in schema.get("properties", {}).items():
        more = {**_of_field(name), **own.get(name, {})}
        for kind in field.get("oneOf", [field]):
            if kind.get("type") in _takes(more):
                kind.update(deepcopy(more))
        _complete(field, {})
    items = schema.get("items")
    if isinstance(items, dict):
        _complete(items, {})


def _of_field(name: str) -> Json:
    """Return what the schema of a field says besides its type."""
    return _DATE_TIME if _INSTANTS.search(name) else _FIELDS.get(name, {})


def _takes(more: Json) -> frozenset[str]:
    """Return the types whose schemas may say this."""
    if more.keys() & {"minimum", "maximum", "exclusiveMinimum"}:
        return frozenset({"integer", "number"})
    if more.keys() & {"minItems", "items"}:
        return frozenset({"array"})
    if any(isinstance(one, int) for one in more.get("enum", ())):
        return frozenset({"integer"})
    return frozenset({"string"})


def _place(path: str, operations: Json) -> tuple[int, int, str]:
    """Return where a path stands: those that are used first, then by tag and address."""
    names = [one["operationId"] for one in operations.values()]
    first = min((_FIRST.index(name) for name in names if name in _FIRST), default=len(_FIRST))
    tags = [tag for one in operations.values() for tag in one["tags"]]
    return first, min(map(_tag_place, tags)), path


def _tag_place(tag: str) -> int:
    return list(_TAGS).index(tag) if tag in _TAGS else len(_TAGS)


def _sorted_tags(tags: set[str]) -> list[str]:
    return sorted(tags, key=lambda tag: (_tag_place(tag), tag))


def _with_new_names(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON whose references follow the renamed schemas, and whose operations are in the usual order."""
    if isinstance(value, dict):
        if set(value) == {"$ref"}:
            prefix, _, name = value["$ref"].rpartition("/")
            renamed = _BODY.sub(r"\1", name)
            return {"$ref": f"{prefix}/{renamed}"}
        names = sorted(value, key=_METHODS.index) if value and value.keys() <= set(_METHODS) else value
        return {name: _with_new_names(value[name]) for name in names}
    return [_with_new_names(one) for one in value] if isinstance(value, list) else value
