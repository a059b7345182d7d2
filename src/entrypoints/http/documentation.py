"""The OpenAPI description and its page, which works offline: its script and style come from an installed package."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Final

from litestar import Request, Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin, SwaggerRenderPlugin
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
from litestar.routes import HTTPRoute
from litestar.types import Method
from litestar.types.internal_types import PathParameterDefinition

from entrypoints.http.access import PUBLIC, SCHEMA
from entrypoints.http.described import Access, described
from entrypoints.http.problems import MEDIA_TYPE
from ocrcore.domain.options import OPTIONS, PAGE_SEGMENTATION_MODES, Option

_STATIC: Final = "/schema/static"
#: File of the page -> its media type.
_FILES: Final[Mapping[str, str]] = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui-standalone-preset.js": "text/javascript",
    "swagger-ui.css": "text/css",
}


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the description of an option says beyond the domain's table."""

    pattern: str | None = None
    #: What counts if the option is left out; None if the operator's settings decide.
    default: str | int | None = None
    #: All values, if they are numbers.
    numbers: tuple[int, ...] = ()


_SHAPES: Final[Mapping[str, _Shape]] = {
    "languages": _Shape("^[^+]+([+][^+]+){0,7}$"),
    "psm": _Shape(default=3, numbers=PAGE_SEGMENTATION_MODES),
    "expires_in": _Shape("^[0-9]{1,9}[smhd]?$"),
    "pages": _Shape("^(all|[0-9]+(-[0-9]*)?(,[0-9]+(-[0-9]*)?)*)$", "all"),
    "dpi": _Shape("^(auto|7[2-9]|[89][0-9]|[1-5][0-9]{2}|600)$", "auto"),
    "pdf_text": _Shape(default="auto"),
    "rotate": _Shape(default="auto"),
    "engine": _Shape(default="auto"),
    "keep": _Shape("^(forever|[0-9]{1,9}[smhd]?)$", "forever"),
}


#: Option -> which setting of the service counts without it, as a sentence.
_OPERATORS: Final[Mapping[str, str]] = {
    name: f" By default what {variable} of the service says."
    for name, variable in {"languages": "OCR_LANGUAGES", "quality": "OCR_QUALITY", "expires_in": "OCR_JOB_TTL"}.items()
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
        key = Parameter(
            name="Idempotency-Key",
            param_in="header",
            required=False,
            schema=Schema(type=OpenAPIType.STRING, max_length=255),
            description="Repeated with the same body it gives the same job, and Idempotency-Replayed in the answer;"
            " 409 job-gone if that job was deleted.",
        )
        self.parameters = [*(self.parameters or []), key]
        files = Schema(
            type=OpenAPIType.ARRAY,
            min_items=1,
            items=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY),
            description="One part for each file, in the order of the job's items.",
        )
        content = {"multipart/form-data": OpenAPIMediaType(schema=_submission("files", files))}
        self.request_body = RequestBody(content=content, required=True)


def _submission(name: str, files: Schema) -> Schema:
    """Return the description of a body with files and options."""
    properties: dict[str, Reference | Schema] = {
        name: files,
        "name": Schema(type=OpenAPIType.STRING, max_length=255, description="By default the first file's name."),
        **{option.name: _option_schema(option) for option in OPTIONS},
    }
    return Schema(type=OpenAPIType.OBJECT, required=[name], properties=properties)


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
    """Return the description of a form field: what a value looks like, and what counts without one if that is fixed."""
    shape = _SHAPES.get(option.name, _Shape())
    numbers = [int(one) if shape.numbers else one for one in option.examples]
    is_switch = option.type == "boolean"
    return Schema(
        type=OpenAPIType.BOOLEAN if is_switch else OpenAPIType.INTEGER if shape.numbers else OpenAPIType.STRING,
        enum=list(shape.numbers or option.choices) or None,
        pattern=shape.pattern,
        default=False if is_switch else shape.default,
        examples=[True, False] if is_switch else numbers,
        # No default that the operator decides: generated clients would send it, and miss what is set later.
        description=f"{option.help} It must be {option.range}.{_OPERATORS.get(option.name, '')}",
    )


class _Page(SwaggerRenderPlugin):
    """The page of the description, as :mod:`entrypoints.http.described` completes it."""

    def __init__(self, static: str, *, keys: bool) -> None:
        super().__init__(
            js_url=f"{static}/swagger-ui-bundle.js",
            css_url=f"{static}/swagger-ui.css",
            standalone_preset_js_url=f"{static}/swagger-ui-standalone-preset.js",
            favicon="<link rel='icon' href='data:,'>",
        )
        self._keys = keys

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the page."""
        return super().render(request, _described(request, openapi_schema, keys=self._keys))


class _Document(JsonRenderPlugin):
    """The description itself."""

    def __init__(self, *, keys: bool) -> None:
        super().__init__()
        self._keys = keys

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the document."""
        return super().render(request, _described(request, openapi_schema, keys=self._keys))


def _described(request: Request[Any, Any, Any], framework: dict[str, Any], *, keys: bool) -> dict[str, Any]:
    handlers = {
        handler
        for route in request.app.routes
        if isinstance(route, HTTPRoute)
        for handler, _ in route.route_handler_map.values()
    }
    public = {
        _operation_id(handler, method, [])
        for handler in handlers
        if handler.opt.get("public")
        for method in handler.http_methods
    }
    # A body of its own, because generators of clients that find JSON beside a form take the JSON alone.
    announcement = _submission("uploads", _announced()).to_schema()
    return described(framework, Access(keys, frozenset(public)), {"Announcement": announcement})


def openapi_config(public_url: str = "", base_path: str = "", *, keys: bool = False) -> OpenAPIConfig:
    """Return the configuration of the description; its page is at ``/schema``, below the base path.

    ``keys``: whether requests need one.
    """
    return OpenAPIConfig(
        title="ocrcore",
        version="1",
        description="Pictures in, text out: jobs of pages, each recognised once, none lost.",
        servers=[Server(url=f"{public_url}{base_path}" or "/")],
        render_plugins=[_Page(f"{base_path}{_STATIC}", keys=keys), _Document(keys=keys)],
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
