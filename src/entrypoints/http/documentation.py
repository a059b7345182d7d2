"""The OpenAPI description and its page, which works offline: its script and style come from an installed package."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Final

from litestar import Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    Parameter,
    Reference,
    RequestBody,
    Schema,
    Server,
)
from litestar.params import FromPath
from litestar.types import Method
from litestar.types.internal_types import PathParameterDefinition

from entrypoints.http.access import PUBLIC, SCHEMA
from entrypoints.http.problems import MEDIA_TYPE
from ocrcore.domain.options import OPTIONS, Option

_STATIC: Final = "/schema/static"
#: File of the page -> its media type.
_FILES: Final[Mapping[str, str]] = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui-standalone-preset.js": "text/javascript",
    "swagger-ui.css": "text/css",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem answer (RFC 9457). ``code`` is one of a closed list; ``detail`` is a sentence that says what to do."""

    type: str
    code: str
    title: str
    status: int
    detail: str
    instance: str


def problem_responses(*statuses: int) -> Mapping[int, ResponseSpec]:
    """Return the description of the problem answers of a route: these statuses, and those of every route."""
    spec = ResponseSpec(Problem, description="Refused.", media_type=MEDIA_TYPE, generate_examples=False)
    return dict.fromkeys(sorted({*statuses, 400, 401, 403, 421, 422, 429, 500, 503}), spec)


@dataclass
class UploadOperation(Operation):
    """The submission, whose body the framework cannot describe, because the handler reads it as a stream."""

    def __post_init__(self) -> None:
        """Describe the body."""
        files_schema = Schema(
            type=OpenAPIType.ARRAY,
            min_items=1,
            items=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY),
            description="One part for each file, in the order of the job's items.",
        )
        properties: dict[str, Reference | Schema] = {
            "files": files_schema,
            "name": Schema(type=OpenAPIType.STRING, max_length=255, description="By default the first file's name."),
            **{option.name: _option_schema(option) for option in OPTIONS},
        }
        body = Schema(type=OpenAPIType.OBJECT, required=["files"], properties=properties)
        announced = {"uploads": _announced(), **{name: of for name, of in properties.items() if name != "files"}}
        announcement = Schema(type=OpenAPIType.OBJECT, required=["uploads"], properties=announced)
        key = Parameter(
            name="Idempotency-Key",
            param_in="header",
            required=False,
            schema=Schema(type=OpenAPIType.STRING, max_length=255),
            description="Repeated with the same body it gives the same job, and Idempotency-Replayed in the answer;"
            " 409 job-gone if that job was deleted.",
        )
        self.parameters = [*(self.parameters or []), key]
        content = {
            "multipart/form-data": OpenAPIMediaType(schema=body),
            "application/json": OpenAPIMediaType(schema=announcement),
        }
        self.request_body = RequestBody(content=content, required=True)


@dataclass
class ReceivingOperation(Operation):
    """The upload of a file, whose body is the file."""

    def __post_init__(self) -> None:
        """Describe the body."""
        file = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
        self.request_body = RequestBody(content={"application/octet-stream": file}, required=True)


def _announced() -> Schema:
    """Return the description of files that are announced."""
    text, number = Schema(type=OpenAPIType.STRING), Schema(type=OpenAPIType.INTEGER, minimum=1)
    kind = Schema(type=OpenAPIType.STRING, description="By default application/octet-stream.")
    file: dict[str, Reference | Schema] = {"filename": text, "size": number, "content_type": kind}
    return Schema(
        type=OpenAPIType.ARRAY,
        min_items=1,
        items=Schema(type=OpenAPIType.OBJECT, required=["filename", "size"], properties=file),
        description="One for each file, in the order of the job's items; size is the exact number of bytes.",
    )


def _option_schema(option: Option) -> Schema:
    """Return the description of a form field."""
    return Schema(
        type=OpenAPIType(option.type) if not option.choices else OpenAPIType.STRING,
        enum=list(option.choices) or None,
        examples=list(option.examples),
        description=f"{option.help} It must be {option.range}.",
    )


def openapi_config(public_url: str = "", base_path: str = "") -> OpenAPIConfig:
    """Return the configuration of the description; its page is at ``/schema``, below the base path."""
    static = f"{base_path}{_STATIC}"
    page = SwaggerRenderPlugin(
        js_url=f"{static}/swagger-ui-bundle.js",
        css_url=f"{static}/swagger-ui.css",
        standalone_preset_js_url=f"{static}/swagger-ui-standalone-preset.js",
        favicon="<link rel='icon' href='data:,'>",
    )
    return OpenAPIConfig(
        title="ocrcore",
        version="1",
        description="Pictures in, text out: jobs of pages, each recognised once, none lost.",
        servers=[Server(url=f"{public_url}{base_path}" or "/")],
        render_plugins=[page],
        use_handler_docstrings=True,
        operation_id_creator=_operation_id,
        openapi_router=Router(
            "/schema", route_handlers=[], opt=SCHEMA, after_request=_as_problem, include_in_schema=False
        ),
    )


def _operation_id(handler: HTTPRouteHandler, method: Method, _: list[str | PathParameterDefinition]) -> str:
    """Return the name of the handler as generated clients call it: ``submitJob`` for ``submit_job``."""
    first, *rest = handler.handler_name.split("_")
    name = first + "".join(map(str.title, rest))
    return name if len(handler.http_methods) == 1 else f"{method.lower()}{name.title()}"


def _as_problem(answer: Response[Any]) -> Response[Any]:
    """Replace the framework's own 404 page, for unknown addresses below ``/schema``, by a problem answer."""
    if answer.status_code == HTTPStatus.NOT_FOUND:
        raise NotFoundException
    return answer


@get(f"{_STATIC}/{{name:str}}", include_in_schema=False, opt=PUBLIC, sync_to_thread=True)
def page_file(name: FromPath[str]) -> Response[bytes]:
    """Return the page's script or style."""
    media_type = _FILES.get(name)
    if media_type is None:
        raise NotFoundException
    content = (files("swagger_ui") / "static" / name).read_bytes()
    return Response(content, media_type=media_type)
