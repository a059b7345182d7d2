"""What stops an engine before its first page."""

from ocrcore.domain.errors import OcrError


class EngineMissing(OcrError):
    """The engine's program or its data is not there; the sentence tells what to install."""
