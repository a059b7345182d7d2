"""Errors at the start of an engine."""

from ocrcore.domain.errors import OcrError


class EngineMissing(OcrError):
    """The engine's program or data is missing. The message says what to install."""
