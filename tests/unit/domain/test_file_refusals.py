import pytest

from ocrcore.domain.codes import ITEM_ERROR_SENTENCES, ItemErrorCode
from ocrcore.domain.errors import (
    DocumentsBusy,
    EmptyFile,
    FileTooLarge,
    ImageTooLarge,
    PdfEncrypted,
    Refusal,
    TooManyFiles,
    TooManyPages,
    UnsupportedImage,
    UnsupportedLanguage,
)
from ocrcore.domain.file_refusals import item_code_for, refusal_for

OF_FILES = "empty-file unsupported-image image-too-large pdf-encrypted pdf-damaged no-pages too-many-pages"


@pytest.mark.parametrize("code", [ItemErrorCode(code) for code in OF_FILES.split()])
def test_a_reason_of_a_file_is_the_same_for_a_request_and_an_item(code: ItemErrorCode) -> None:
    refusal = refusal_for(code)
    assert refusal.code.value == code.value
    assert str(refusal) == ITEM_ERROR_SENTENCES[code]
    assert item_code_for(refusal) is item_code_for(refusal.at(3, "a.pdf")) is code


def test_a_refusal_may_have_a_sentence_of_its_own() -> None:
    assert str(refusal_for(ItemErrorCode.PDF_ENCRYPTED, "It is locked.")) == "It is locked."
    assert type(refusal_for(ItemErrorCode.PDF_ENCRYPTED)) is PdfEncrypted


@pytest.mark.parametrize("code", [ItemErrorCode.IMAGE_CORRUPT, ItemErrorCode.OCR_CRASHED])
def test_a_reason_that_only_an_attempt_finds_refuses_a_picture_as_unsupported(code: ItemErrorCode) -> None:
    assert type(refusal_for(code)) is UnsupportedImage
    assert str(refusal_for(code)) == ITEM_ERROR_SENTENCES[code]


@pytest.mark.parametrize("kind", [DocumentsBusy, FileTooLarge, TooManyFiles, UnsupportedLanguage])
def test_what_is_no_fault_of_a_files_content_is_no_reason_of_an_item(kind: type[Refusal]) -> None:
    assert item_code_for(kind()) is None


def test_every_reason_is_about_what_is_in_a_file() -> None:
    assert [item_code_for(kind()) for kind in (EmptyFile, ImageTooLarge, TooManyPages)] == [
        "empty-file",
        "image-too-large",
        "too-many-pages",
    ]
