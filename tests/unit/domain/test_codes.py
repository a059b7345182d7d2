import pytest

from ocrcore.domain.codes import ITEM_ERROR_SENTENCES, ItemErrorCode, ProblemCode
from ocrcore.domain.lifecycle import RETRYABLE_FAILURES

ITEM_CODES = """empty-file unsupported-image multi-frame-image image-truncated image-corrupt image-too-large
pdf-encrypted pdf-damaged no-pages too-many-pages ocr-timeout
ocr-crashed too-many-attempts source-missing text-too-large unsupported-language expired cancelled internal-error"""

PROBLEM_CODES = """pdf-encrypted pdf-damaged no-pages too-many-pages unsupported-image multi-frame-image image-too-large
unauthenticated malformed-request
forbidden-host forbidden-origin insufficient-scope key-not-found webhook-not-found forbidden-target
job-not-found item-not-found not-found method-not-allowed unsupported-media-type malformed-multipart no-files
unknown-field not-a-file empty-file too-many-files file-too-large body-too-large invalid-option invalid-page
idempotency-mismatch job-gone job-open job-finished not-finished no-text not-pdfa not-submitted
not-done edit-conflict
upload-missing upload-mismatch unsupported-language rate-limited quota-exceeded busy
storage-full storage-unavailable
database-unavailable issuer-unavailable internal-error"""


def test_the_list_of_item_codes_is_closed() -> None:
    assert [*ItemErrorCode] == ITEM_CODES.split()


def test_the_list_of_problem_codes_is_closed() -> None:
    assert {*ProblemCode} == set(PROBLEM_CODES.split())


@pytest.mark.parametrize("code", ItemErrorCode)
def test_each_item_code_has_a_sentence(code: ItemErrorCode) -> None:
    sentence = ITEM_ERROR_SENTENCES[code]
    assert sentence[0].isupper()
    assert sentence.endswith(".")


def test_no_two_item_codes_say_the_same() -> None:
    assert len(set(ITEM_ERROR_SENTENCES.values())) == len(ItemErrorCode)


def test_faults_that_may_pass_are_those_of_an_attempt_not_of_a_picture() -> None:
    passing = {"ocr-timeout", "ocr-crashed", "source-missing", "unsupported-language", "internal-error"}
    assert passing == RETRYABLE_FAILURES
