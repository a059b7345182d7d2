"""The options of a job as keyword arguments, and what users wrote as text that can be sent."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TypedDict

from ocrcore.domain.durations import format_duration


class JobFields(TypedDict, total=False):
    """What may be asked of a submission besides its files; what is missing or None, the service decides."""

    name: str | None
    #: As ``eng+por``.
    languages: str | None
    engine: str | None
    psm: int | None
    #: As ``12h``, or seconds.
    expires_in: str | int | timedelta | None


def as_text(fields: Mapping[str, object]) -> dict[str, str]:
    """Return the fields as a form has them, without those that are None."""
    return {
        name: format_duration(value) if isinstance(value, timedelta) else as_unicode(str(value))
        for name, value in fields.items()
        if value is not None
    }


def as_unicode(text: str) -> str:
    """Return text that UTF-8 can carry: bytes of a file name or argument that were no UTF-8 become question marks."""
    return text.encode("utf-8", "replace").decode()
