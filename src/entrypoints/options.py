"""The options of a job as people write them, in forms and on the command line."""

from collections.abc import Mapping
from dataclasses import replace

from ocrcore import JobOptions
from ocrcore.domain.durations import parse_duration
from ocrcore.domain.errors import InvalidOption
from ocrcore.domain.options import parse_languages


def job_options(fields: Mapping[str, str], default: JobOptions) -> JobOptions:
    """Return the default options with what the fields change. Raises ``InvalidOption``."""
    options = default
    if "languages" in fields:
        options = replace(options, languages=parse_languages(fields["languages"]))
    if "engine" in fields:
        options = replace(options, engine=fields["engine"])
    if "psm" in fields:
        options = replace(options, psm=_number(fields["psm"]))
    if "expires_in" in fields:
        try:
            options = replace(options, expires_in=parse_duration(fields["expires_in"]))
        except ValueError as error:
            msg = "expires_in must be an integer followed by s, m, h or d, as 12h."
            raise InvalidOption(msg) from error
    return options


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 2):  # noqa: PLR2004 - the modes have two digits
        msg = "psm must be 1 or a number from 3 to 13."
        raise InvalidOption(msg)
    return int(text)
