import pytest

from ocrcore.domain.name_filter import NameFilter


@pytest.mark.parametrize(
    ("text", "name", "passes"),
    [
        ("invoice", "Invoice March.pdf", True),
        ("voice mar", "Invoice March.pdf", True),
        ("march invoice", "Invoice_March.pdf", True),
        ("MARÇO", "fatura de marco", True),
        ("ﬁnal", "FINAL", True),
        ("東京", "東京2026年", True),
        ("invoice april", "Invoice March.pdf", False),
        ("rch.pd", "March.pdf", True),
        ("*", "a*b", True),
        ("*", "ab", False),
        ("", "anything", True),
        ("  ", "anything", True),
    ],
)
def test_every_word_must_be_somewhere_in_the_name(text: str, name: str, *, passes: bool) -> None:
    assert NameFilter(text).passes(name) is passes
