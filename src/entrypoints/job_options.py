"""What users wrote, as text that a form or the environment can carry."""

from collections.abc import Mapping
from datetime import timedelta

from ocrcore.domain.durations import format_duration
from ocrcore.domain.options import OptionFields


class JobFields(OptionFields, total=False):
    """What a submission takes besides its files; the service decides about what is missing or None."""

    name: str | None


def as_text(fields: Mapping[str, object]) -> dict[str, str]:
    """Return the fields as a form has them, without those that are None."""
    return {
        name: format_duration(value) if isinstance(value, timedelta) else as_unicode(str(value))
        for name, value in fields.items()
        if value is not None
    }


def as_unicode(text: str) -> str:
    """Return text that UTF-8 can carry: bytes of a file name or argument that are no UTF-8 become question marks."""
    return text.encode("utf-8", "replace").decode()
