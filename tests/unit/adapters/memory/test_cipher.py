import pytest

from adapters.memory.cipher import MemoryCipher
from ocrcore.ports.cipher import Cipher
from ocrcore.testing.cipher import CipherContract


class TestMemoryCipher(CipherContract):
    @pytest.fixture
    def cipher(self) -> Cipher:
        return MemoryCipher()
