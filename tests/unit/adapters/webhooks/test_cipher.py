import pytest

from adapters.webhooks.cipher import AesCipher
from ocrcore.ports.cipher import Cipher
from ocrcore.testing.cipher import CipherContract


class TestAesCipher(CipherContract):
    @pytest.fixture
    def cipher(self) -> Cipher:
        return AesCipher()


def test_what_an_earlier_release_sealed_is_opened() -> None:
    sealed = "1.b9tGUxF1uHnAH1jfYNIoDr/dtwR1nRB9TrYtLc809MNa"
    assert AesCipher().open(sealed, b"a secret", "webhook 1") == b"whsec"
