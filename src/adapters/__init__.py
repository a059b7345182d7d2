"""Adapters: implementations of the ports of ocrcore."""

from typing import TYPE_CHECKING

if not TYPE_CHECKING:  # to a type checker, a module with this function has every name

    def __getattr__(name: str) -> object:
        """Tell a program that expects another distribution's package of this name what is wrong."""
        if name.startswith("__"):
            raise AttributeError(name)
        msg = (
            f"This adapters is ocrcore's, which has no {name}; install ocrcore in an environment of its own, apart"
            " from the program that needs another package of this name."
        )
        raise AttributeError(msg)
