import pytest

from adapters.memory.documents import MemoryDocuments
from adapters.memory.uploads import MemoryUploads
from ocrcore.ports.uploads import Uploads
from ocrcore.testing.uploads import UploadsContract


class TestMemoryUploads(UploadsContract):
    @pytest.fixture
    def documents(self) -> MemoryDocuments:
        return MemoryDocuments()

    @pytest.fixture
    def uploads(self, documents: MemoryDocuments) -> Uploads:
        return MemoryUploads(documents)
