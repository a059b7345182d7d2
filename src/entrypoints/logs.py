"""Logs: structlog behind the standard library's logging, with one line for each record, even if a value has several."""

import codecs
import logging
import sys
import warnings
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer

from entrypoints.streams import has_colour
from ocrcore.domain.api_key import without_keys
from ocrcore.domain.errors import Unavailable
from ocrcore.domain.trace_context import plain_request_id


def configure_logs(form: str) -> None:
    """Send the log of this process to stderr, as ``console`` lines for people or as ``json`` lines for machines."""
    codecs.lookup("unicode_escape")  # loaded now, because a process without descriptors cannot load it for its log
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_cause,
        _shorten_request_id,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_render(form), _without_keys],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("alembic", "botocore", "httpx", "uvicorn.error", "PIL"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    warnings.showwarning = _log_warning


def _render(form: str) -> list[structlog.typing.Processor]:
    if form == "json":
        # Without locals, which contain keys, texts and files.
        frames = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
        return [frames, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [_on_one_line, structlog.dev.ConsoleRenderer(colors=has_colour(sys.stderr), exception_formatter=plain)]


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001 - the standard library's signature
    line: str | None = None,  # noqa: ARG001
) -> None:
    """Log a Python warning, instead of printing it to stderr on lines of its own."""
    place = f"{Path(filename).name}:{lineno}"
    logging.getLogger("py.warnings").warning(str(message), extra={"category": category.__name__, "place": place})


def _without_keys(_: Any, __: str, line: Any) -> str:  # noqa: ANN401 - structlog's signature
    """Hide keys in a finished line, wherever they come from: a path, a header, an error of a library."""
    return without_keys(str(line))


def _shorten_request_id(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ANN401 - structlog's signature
    """Log a request id without the span that it carries, so that all lines of a request have the same."""
    if isinstance(event.get("request_id"), str):
        event["request_id"] = plain_request_id(event["request_id"])
    return event


def _name_cause(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ANN401 - structlog's signature
    """Replace the traceback of an ``Unavailable`` by one line with its root cause; the stack is of no use there."""
    error = event["exc_info"][1] if event.get("exc_info") else None
    if isinstance(error, Unavailable):
        del event["exc_info"]
        while error.__cause__ is not None:
            error = error.__cause__
        event["cause"] = f"{type(error).__name__}: {error}".partition("\n")[0]
    return event


def _on_one_line(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ANN401 - structlog's signature
    """Escape characters that could start a new record or move the cursor of a terminal."""
    for key, value in event.items():
        if isinstance(value, str) and key != "exception":
            event[key] = value.encode("unicode_escape").decode() if not value.isprintable() else value
    return event
