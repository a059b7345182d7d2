from io import BytesIO

import pytest

from adapters.memory.documents import MemoryDocuments
from ocrcore.testing.documents import DocumentsContract


class TestMemoryDocuments(DocumentsContract):
    @pytest.fixture
    def documents(self) -> MemoryDocuments:
        return MemoryDocuments()


def test_it_is_called_as_it_was_told() -> None:
    assert MemoryDocuments().bucket == "memory"
    assert MemoryDocuments("ocr-jobs-bucket").bucket == "ocr-jobs-bucket"


def test_it_keeps_bytes_and_no_alias_of_the_stream() -> None:
    content = BytesIO(b"before")
    documents = MemoryDocuments()
    documents.put("a", content)
    content.getbuffer()[:] = b"after!"
    assert documents.get("a") == b"before"
