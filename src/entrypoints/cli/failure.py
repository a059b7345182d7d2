"""Why a file, or a page of it, could not be read, as ``ocr`` and ``watch`` tell it."""

from dataclasses import dataclass
from typing import Final

from entrypoints.named_limits import with_setting, with_setting_of
from ocrcore import Item
from ocrcore.domain.codes import ITEM_ERROR_SENTENCES, ItemErrorCode, ProblemCode
from ocrcore.domain.errors import Refusal


@dataclass(frozen=True, slots=True)
class Failure:
    """A code of an item or of a problem, and one sentence for people."""

    code: str
    sentence: str
    #: The number of the page, from 1; None if it is the whole file that could not be read.
    page: int | None = None

    @classmethod
    def of(cls, item: Item) -> "Failure":
        """Return the failure of a page that is ERROR."""
        code = str(item.error_code)
        return cls(code, with_setting_of(code, str(item.error_msg)), item.page)

    @classmethod
    def of_refusal(cls, refusal: Refusal) -> "Failure":
        """Return the failure of a file that was refused, without its index among others."""
        sentence = str(refusal if refusal.__cause__ is None else refusal.__cause__)
        return cls(refusal.code, with_setting(sentence, refusal.limit))

    @classmethod
    def of_unreadable(cls, error: OSError) -> "Failure":
        """Return the failure of a file that cannot be opened or read."""
        return cls(ItemErrorCode.SOURCE_MISSING, f"{error.strerror or 'It cannot be read'}.")

    @classmethod
    def of_unwritable(cls, error: OSError) -> "Failure":
        """Return the failure of a file whose result can never be written where it belongs."""
        return cls(NOT_WRITTEN, f"Its result cannot be written: {error.strerror or error}.")

    @property
    def words(self) -> str:
        """The sentence, with the page."""
        return self.sentence if self.page is None else f"page {self.page}: {self.sentence}"


#: A file whose result has a name that is too long, or that something else has. Only ``watch`` knows it.
NOT_WRITTEN: Final = "not-written"
#: A folder without anything to read in it.
NO_FILES: Final = ProblemCode.NO_FILES
#: What nobody foresaw, and the log of no service explains.
UNEXPECTED: Final = Failure(ItemErrorCode.INTERNAL_ERROR, ITEM_ERROR_SENTENCES[ItemErrorCode.INTERNAL_ERROR])
