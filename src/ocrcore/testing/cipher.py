"""The contract of ``Cipher``."""

import base64

import pytest

from ocrcore.ports.cipher import Cipher, Sealed

_KEY, _SECRET = b"key", bytes(range(256))


class CipherContract:
    """The contract of ``Cipher``. Override the fixture ``cipher``."""

    @pytest.fixture
    def cipher(self) -> Cipher:
        """Return the adapter under test."""
        raise NotImplementedError

    @pytest.mark.parametrize("secret", [b"", b"x", _SECRET])
    def test_what_was_sealed_is_opened(self, cipher: Cipher, secret: bytes) -> None:
        sealed = cipher.seal(secret, _KEY, "webhook 1")
        assert sealed.isascii()
        assert cipher.open(sealed, _KEY, "webhook 1") == secret

    def test_it_is_hidden_and_sealed_differently_each_time(self, cipher: Cipher) -> None:
        sealed = [cipher.seal(_SECRET, _KEY, "x") for _ in range(2)]
        assert sealed[0] != sealed[1]
        assert all(base64.b64encode(_SECRET[:30]).decode() not in text for text in sealed)

    def test_nothing_else_opens_it(self, cipher: Cipher) -> None:
        sealed = cipher.seal(_SECRET, _KEY, "webhook 1")
        for key, about in ((b"other", "webhook 1"), (_KEY, "webhook 2"), (b"", "webhook 1")):
            with pytest.raises(Sealed):
                cipher.open(sealed, key, about)

    def test_what_was_changed_is_not_opened(self, cipher: Cipher) -> None:
        sealed = cipher.seal(b"secret", _KEY, "x")
        changed = [sealed[:-8], sealed[4:], "", "1.", "no base64 !", "é", sealed.swapcase(), f"{sealed}AAAA"]
        for text in changed:
            with pytest.raises(Sealed):
                cipher.open(text, _KEY, "x")
