from collections.abc import Mapping

import pytest

from adapters.memory.tokens import MemoryTokens
from ocrcore.testing.tokens import TokenIssuer, TokensContract


class _Issuer:
    def __init__(self) -> None:
        self.tokens = MemoryTokens()

    def issue(self, claims: Mapping[str, object]) -> str:
        return self.tokens.issue(claims)

    def forge(self, claims: Mapping[str, object]) -> str:
        return MemoryTokens(1).issue(claims)

    def change_keys(self) -> None:
        self.tokens.change_keys()

    def go_away(self) -> None:
        self.tokens.is_away = True


class TestMemoryTokens(TokensContract):
    @pytest.fixture
    def issuer(self) -> TokenIssuer:
        return _Issuer()
