"""Answers as values. Fields that are newer than this client are passed over."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from entrypoints.client.errors import NoAnswer
from ocrcore import ItemStatus, JobStatus
from ocrcore.domain.audit import AuditAction
from ocrcore.formats.views import CountsView, EntryView, ItemView, JobView, OptionsView

T = TypeVar("T")
View = TypeVar("View", JobView, OptionsView, CountsView, ItemView, EntryView)


def read_answer(read: Callable[[Any], T], answer: object) -> T:
    """Return what ``read`` makes of an answer. Raises :class:`NoAnswer` where it is not of the API's form."""
    try:
        return read(answer)
    except (KeyError, TypeError, ValueError) as error:
        msg = "The answer is not of the form that this client knows; is it another version's, or another service's?"
        raise NoAnswer(msg) from error


def job_view(answer: Mapping[str, Any]) -> JobView:
    """Return a job."""
    return _pick(
        JobView,
        answer,
        status=JobStatus(answer["status"]),
        options=_pick(OptionsView, answer["options"]),
        items=_pick(CountsView, answer["items"]),
    )


def item_view(answer: Mapping[str, Any]) -> ItemView:
    """Return an item."""
    return _pick(ItemView, answer, status=ItemStatus(answer["status"]))


def entry_view(answer: Mapping[str, Any]) -> EntryView:
    """Return an entry of a timeline."""
    return _pick(EntryView, answer, action=AuditAction(answer["action"]))


def _pick(kind: type[View], answer: Mapping[str, Any], **read: Any) -> View:  # noqa: ANN401 - as many types as fields
    return kind(**{name: read.get(name, answer[name]) for name in (field.name for field in fields(kind))})
