"""The description of results: a text or a JSON document, which the handlers write without these types."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from litestar.openapi import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, Schema

from entrypoints.http.documentation import problem_responses
from ocrcore.formats.views import JobView


@dataclass(frozen=True, slots=True)
class WordDocument:
    """A run of letters without blanks. ``bbox``: x0, y0, x1, y1 in pixels, origin top left, x1 and y1 exclusive."""

    text: str
    bbox: list[int]
    confidence: float


@dataclass(frozen=True, slots=True)
class LineDocument:
    """Words beside each other, in reading order; its confidence is the mean over them."""

    text: str
    bbox: list[int]
    confidence: float
    words: list[WordDocument]


@dataclass(frozen=True, slots=True)
class LayoutDocument:
    """A page: its number in its file, its size in pixels, what read it, its text and lines.

    ``confidence`` is the mean over its words, null without any.
    """

    item_id: UUID
    page: int
    width: int
    height: int
    engine: str
    languages: list[str]
    text: str
    confidence: float | None
    lines: list[LineDocument]


@dataclass(frozen=True, slots=True)
class JobDocument:
    """A finished job and the pages that have a text, in order."""

    job: JobView
    items: list[LayoutDocument]


@dataclass
class ResultOperation(Operation):
    """A result, which is a text unless ``format`` says otherwise."""

    def __post_init__(self) -> None:
        """Describe the text beside the JSON document."""
        answer = (self.responses or {})["200"]
        if isinstance(answer, OpenAPIResponse):
            text = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
            answer.content = {"text/plain": text, **(answer.content or {})}


def result_responses(document: type[LayoutDocument | JobDocument]) -> Mapping[int, ResponseSpec]:
    """Declare the answers of a route that gives a result."""
    result = ResponseSpec(document, description="The result.", generate_examples=False)
    return {200: result, **problem_responses(404, 409)}
