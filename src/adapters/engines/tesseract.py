"""The ``tesseract`` program by way of pytesseract; runs in a child only."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from subprocess import SubprocessError
from typing import Any, Final

from PIL import Image

from adapters.engines.confine import die_with
from adapters.engines.errors import EngineMissing
from adapters.engines.reader import Reader
from adapters.engines.tessdata import INSTALL, NO_LANGUAGES, SCRIPTS_ONLY
from adapters.engines.tsv import parse_lines
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.layout import Layout
from ocrcore.domain.options import JobOptions
from ocrcore.domain.texts import normalise_text
from ocrcore.ports.engine import EngineFailure


def _import_light(name: str, *without: str) -> Any:  # noqa: ANN401 - it ships no types
    """Return a module that takes others along where they are installed, without them; they stay importable."""
    absent = [other for other in without if other not in sys.modules]
    for other in absent:
        sys.modules[other] = None  # type: ignore[assignment] # to import it fails, as if it were not there
    try:
        return import_module(name)
    finally:
        for other in absent:
            del sys.modules[other]


#: It can do without, and a child starts three times as fast.
program: Final = _import_light("pytesseract.pytesseract", "numpy", "pandas")
#: Text and words in one pass, which costs little more than the text alone.
_CONFIG: Final = "--psm {psm:d} -c tessedit_create_txt=1 -c tessedit_create_tsv=1"
#: Tesseract's words for what is not the picture's fault, and what to call it. All else is a crash.
_FAULTS: Final = (
    ("image too large", ItemErrorCode.IMAGE_TOO_LARGE),
    ("failed loading language", ItemErrorCode.UNSUPPORTED_LANGUAGE),
)
_NO_PROGRAM: Final = f"There is no tesseract on the PATH; {INSTALL}"
_BAD_PROGRAM: Final = f"The tesseract on the PATH does not say its version and languages; {INSTALL}"


class TesseractReader(Reader):
    """Runs the program once for each page, on an uncompressed file in the child's own folder."""

    def __init__(self) -> None:
        program.subprocess_args = _contained(program.subprocess_args)
        try:
            self._version = f"tesseract {program.get_tesseract_version()}"
            self._languages = sorted(set(program.get_languages()) - {SCRIPTS_ONLY})
        except OSError as error:
            raise EngineMissing(_NO_PROGRAM) from error
        except (
            SystemExit,
            ValueError,
            SubprocessError,
        ) as error:  # over a version it exits
            raise EngineMissing(_BAD_PROGRAM) from error
        if not self._languages:
            raise EngineMissing(NO_LANGUAGES)

    @property
    def languages(self) -> Sequence[str]:
        """Those that have data, without ``osd``, which knows scripts and not letters."""
        return self._languages

    @property
    def version(self) -> str:
        """As ``tesseract 5.3.0``."""
        return self._version

    def read(self, page: Image.Image, options: JobOptions) -> Layout:
        """Return what stands on the page."""
        with _output(page, "+".join(options.languages), options.psm) as base:
            text = Path(f"{base}.txt").read_text(encoding="utf-8", errors="replace")
            words = Path(f"{base}.tsv").read_text(encoding="utf-8", errors="replace")
        return Layout(
            *page.size,
            engine=self._version,
            languages=options.languages,
            text=normalise_text(text),
            lines=parse_lines(words, page.size),
        )


@contextmanager
def _output(page: Image.Image, language: str, psm: int) -> Iterator[str]:
    """Yield the path of what the program wrote, less the extension; the files are gone afterwards."""
    page.format = "PPM"  # handed over as it is: what goes through a JPEG again loses, a PNG costs time
    try:
        with program.save(page) as (base, picture):
            program.run_tesseract(picture, base, "", language, _CONFIG.format(psm=psm))
            yield base
    except program.TesseractError as error:
        raise EngineFailure(_code(error.status, str(error.message))) from error
    except (OSError, ValueError) as error:
        raise EngineFailure(ItemErrorCode.OCR_CRASHED) from error


def _code(status: int, message: str) -> ItemErrorCode:
    if status > 0:  # below, it is the signal that ended the program
        for words, code in _FAULTS:
            if words in message.lower():
                return code
    return ItemErrorCode.OCR_CRASHED


def _contained(arguments: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Return pytesseract's arguments for starting the program, and one more: it dies with this process."""

    def contained(*args: object, **kwargs: object) -> dict[str, Any]:
        return arguments(*args, **kwargs) | {"preexec_fn": partial(die_with, os.getpid())}

    return contained


#: What :func:`adapters.engines.reader.create_reader` calls.
create: Final = TesseractReader
