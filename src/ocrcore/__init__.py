"""ocrcore: OCR jobs that are not lost. This package needs the standard library only.

:class:`OcrService` is the driving port; the driven ports are in ``ocrcore.ports``. The public names are those of
:mod:`ocrcore.api`, which is imported on the first access to one of them: importing the package, or one module of it,
stays fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocrcore.api import *  # noqa: F403 - the names are listed once, in that module

    #: The version of this distribution, as ``0.2.0``.
    __version__: str
else:

    def __getattr__(name: str) -> object:
        """Return the attribute of :mod:`ocrcore.api` with this name (:pep:`562`)."""
        if name == "__version__":
            from importlib.metadata import version  # noqa: PLC0415 - slow, and few ask

            value: object = version("ocrcore")
        elif name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        else:
            value = getattr(import_module("ocrcore.api"), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        """Return the public names, which :mod:`ocrcore.api` lists, and the version."""
        return sorted({*globals(), *import_module("ocrcore.api").__all__, "__version__"})
