"""Job options given in Python, as text that a form or an environment variable can hold."""

from collections.abc import Mapping
from datetime import timedelta

from ocrcore.domain.durations import format_duration
from ocrcore.domain.options import OptionFields


class JobFields(OptionFields, total=False):
    """The fields of a submission besides its files; the service has a default for each that is missing or None."""

    name: str | None


def as_text(fields: Mapping[str, object]) -> dict[str, str]:
    """Return the fields as text, without those that are None."""
    return {
        name: format_duration(value) if isinstance(value, timedelta) else as_unicode(str(value))
        for name, value in fields.items()
        if value is not None
    }


def as_unicode(text: str) -> str:
    """Return text that UTF-8 can encode; undecodable bytes of a file name or an argument become question marks."""
    return text.encode("utf-8", "replace").decode()
