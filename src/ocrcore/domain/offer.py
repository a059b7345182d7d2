"""What an installed engine offers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offer:
    """An installed engine."""

    #: Name and version, such as ``tesseract 5.3.0``.
    version: str
    #: The codes of its installed languages, sorted.
    languages: tuple[str, ...]
    #: Those in which it was measured to read about as well as any other engine; None: all of them.
    reads_well: tuple[str, ...] | None = None

    @property
    def good_languages(self) -> tuple[str, ...]:
        """The languages for which ``auto`` takes it."""
        return self.languages if self.reads_well is None else self.reads_well
