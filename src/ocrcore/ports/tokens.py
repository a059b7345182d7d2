"""Access tokens of the issuer that the operator trusts."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Protocol


class Tokens(Protocol):
    """Knows the keys with which the issuer signs, also after it changed them."""

    @abstractmethod
    def claims(self, token: str) -> Mapping[str, object] | None:
        """Return the claims that the issuer signed, whatever they say; None for a token that it did not sign.

        Raises ``IssuerUnavailable`` if the keys of the issuer are needed, and it does not give them.
        """

    @abstractmethod
    def check(self) -> None:
        """Return if the issuer gives its keys, else raise ``IssuerUnavailable``."""
