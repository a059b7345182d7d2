"""Answers as values. Fields that are newer than this client are ignored."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from entrypoints.client.errors import NoAnswer

T = TypeVar("T")


def view(kind: type[T]) -> Callable[[Any], T]:
    """Return a function that reads an answer as a value of this type; it raises ``msgspec.ValidationError``."""
    return lambda answer: msgspec.convert(answer, kind)


def read_answer(read: Callable[[Any], T], answer: object) -> T:
    """Return what ``read`` makes of an answer. Raises :class:`NoAnswer` if it has not the API's form."""
    try:
        return read(answer)
    except (KeyError, TypeError, ValueError, msgspec.ValidationError) as error:
        msg = "The answer is not of the form that this client knows; is it another version's, or another service's?"
        raise NoAnswer(msg) from error
