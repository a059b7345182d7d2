"""Answers as typed values. Fields that are newer than this client are ignored."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from entrypoints.client.errors import NoAnswer

T = TypeVar("T")


def view(kind: type[T]) -> Callable[[Any], T]:
    """Return a function that converts an answer to this type; it raises ``msgspec.ValidationError``."""
    return lambda answer: msgspec.convert(answer, kind)


def read_answer(read: Callable[[Any], T], answer: object) -> T:
    """Return ``read(answer)``. Raises :class:`NoAnswer` if the answer does not have the form of the API."""
    try:
        return read(answer)
    except (KeyError, TypeError, ValueError, msgspec.ValidationError) as error:
        msg = "The answer is not of the form that this client knows; is it another version's, or another service's?"
        raise NoAnswer(msg) from error
