"""ocrcore: OCR jobs that are not lost. This package needs the standard library only.

:class:`OcrService` is the driving port; what it needs of the world is in ``ocrcore.ports``. Everything that is offered
is named in :mod:`ocrcore.api`, and loaded when the first name is asked for: whoever imports the package and asks for
nothing, or for one of its modules, waits for nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocrcore.api import *  # noqa: F403 - the same names, said once
else:

    def __getattr__(name: str) -> object:
        """Return what :mod:`ocrcore.api` calls so (:pep:`562`)."""
        if name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        globals()[name] = value = getattr(import_module("ocrcore.api"), name)
        return value
