import re

import pytest

from ocrcore.domain.errors import InvalidOption
from ocrcore.domain.idempotency import IdempotencyKey


@pytest.mark.parametrize("key", ["k", "!", "~", "0b5f-7c", "k" * 255])
def test_a_visible_ascii_text_is_a_key(key: str) -> None:
    assert IdempotencyKey(key, "0" * 64).value == key


@pytest.mark.parametrize("key", ["", "k" * 256, "a key", "key\n", "key\x7f", "cl\N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_any_other_key_is_refused_in_a_sentence(key: str) -> None:
    sentence = re.escape("Idempotency-Key must be 1 to 255 visible ASCII characters.")
    with pytest.raises(InvalidOption, match=f"^{sentence}$"):
        IdempotencyKey(key, "0" * 64)
