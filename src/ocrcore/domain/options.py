"""What a client may ask of a job's recognition."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ocrcore.domain.errors import InvalidOption

#: What a job says that leaves the choice of the engine to whoever runs the workers.
AUTO: Final = "auto"
#: What a job may say; which of them there are is known to an installation only.
ENGINES: Final = (AUTO, "tesseract", "tesserocr", "rapidocr")
#: Tesseract's page segmentation modes that yield text (0 only detects the script, 2 is not implemented).
PAGE_SEGMENTATION_MODES: Final = (1, *range(3, 14))
#: Most languages that one job may combine.
MAX_LANGUAGES: Final = 8


@dataclass(frozen=True, slots=True)
class JobOptions:
    """The options of a job, all valid by construction.

    Raises :class:`InvalidOption` for a value outside its list. Whether there is an engine, and which languages it
    has, is not known here: submission asks, and so does the worker, so a language is never more than a member of a
    list.
    """

    #: Tesseract's language codes, most important first.
    languages: tuple[str, ...] = ("eng",)
    #: One of :data:`ENGINES`.
    engine: str = AUTO
    #: Page segmentation mode, one of :data:`PAGE_SEGMENTATION_MODES`; 3 is fully automatic.
    psm: int = 3
    #: From submission to the deadline; whole seconds, at least 1.
    expires_in: timedelta = timedelta(days=2)

    def __post_init__(self) -> None:
        """Refuse what no engine could mean."""
        if not 1 <= len(self.languages) <= MAX_LANGUAGES or len(set(self.languages)) != len(self.languages):
            msg = f"languages must be 1 to {MAX_LANGUAGES} different codes joined by +, as eng+por."
            raise InvalidOption(msg)
        if self.engine not in ENGINES:
            msg = f"engine must be one of {', '.join(ENGINES)}."
            raise InvalidOption(msg)
        if self.psm not in PAGE_SEGMENTATION_MODES:
            msg = "psm must be 1 or a number from 3 to 13."
            raise InvalidOption(msg)
        if self.expires_in < timedelta(seconds=1):
            msg = "expires_in must be at least 1s."
            raise InvalidOption(msg)


def parse_languages(text: str) -> tuple[str, ...]:
    """Return the codes of ``eng+por`` in their order; whether an engine has them is not known here."""
    return tuple(text.split("+"))
