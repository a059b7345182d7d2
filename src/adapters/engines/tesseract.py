"""The ``tesseract`` program through pytesseract. Runs in a child only."""

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from subprocess import SubprocessError
from typing import Any, Final

from PIL import Image

from adapters.engines.confine import die_with
from adapters.engines.errors import EngineMissing
from adapters.engines.hocr_baselines import baselines_in
from adapters.engines.reader import Reader
from adapters.engines.room import raise_if_full
from adapters.engines.tessdata import INSTALL, listed_languages
from adapters.engines.treatment import Treatment, treatment_of
from adapters.engines.tsv import parse_table
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.joining import letters
from ocrcore.domain.layout import Baseline, Box, Layout, layout_of
from ocrcore.domain.normalisation import normalise_text
from ocrcore.domain.options import JobOptions
from ocrcore.ports.engine import EngineFailure


def _import_light(name: str, *without: str) -> Any:  # noqa: ANN401 - an untyped library
    """Return the module, imported as if ``without`` were not installed. Those stay importable afterwards."""
    absent = [other for other in without if other not in sys.modules]
    for other in absent:
        sys.modules[other] = None  # type: ignore[assignment] # makes the import fail, as if it were not installed
    try:
        return import_module(name)
    finally:
        for other in absent:
            del sys.modules[other]


#: pytesseract works without them, and a child starts three times as fast.
program: Final = _import_light("pytesseract.pytesseract", "numpy", "pandas")
#: Text, words and baselines in one pass, which costs little more than the text alone.
_CONFIG: Final = (
    "--psm {psm:d} -c invert_threshold={threshold}"
    " -c tessedit_create_txt=1 -c tessedit_create_tsv=1 -c tessedit_create_hocr=1"
)
#: Messages of Tesseract for failures other than crashes -> their codes. Every other failure counts as a crash.
_FAILURES: Final = (
    ("image too large", ItemErrorCode.IMAGE_TOO_LARGE),
    ("failed loading language", ItemErrorCode.UNSUPPORTED_LANGUAGE),
)
#: Marks of the reading direction, of which the two outputs have different ones.
_MARKS: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NO_PROGRAM: Final = f"There is no tesseract on the PATH; {INSTALL}"
_BAD_PROGRAM: Final = f"The tesseract on the PATH does not say its version and languages; {INSTALL}"


class TesseractReader(Reader):
    """Runs the program once per page, on an uncompressed file in the child's own folder."""

    def __init__(self) -> None:
        program.subprocess_args = _contained(program.subprocess_args)
        try:
            self._version = f"tesseract {program.get_tesseract_version()}"
        except OSError as error:
            raise EngineMissing(_NO_PROGRAM) from error
        except (
            SystemExit,
            ValueError,
            SubprocessError,
        ) as error:  # pytesseract exits if it cannot parse the version
            raise EngineMissing(_BAD_PROGRAM) from error
        self._languages = listed_languages()

    @property
    def languages(self) -> Sequence[str]:
        """The languages with data, without ``osd``, which detects scripts and reads no letters."""
        return self._languages

    @property
    def version(self) -> str:
        """The version, for example ``tesseract 5.3.0``."""
        return self._version

    def read(self, page: Image.Image, options: JobOptions) -> Layout:
        """Return the layout of the page."""
        treatment = treatment_of(page, options)
        size = treatment.page.size
        with _output(treatment, "+".join(options.languages)) as base:
            text, table = _read(f"{base}.txt"), _read(f"{base}.tsv")
            lines = parse_table(table, size, _baselines(f"{base}.hocr"))
            layout = layout_of(lines, size, self._version, options.languages)
            _compare(text, layout.text)
        return layout.resized(page.size)


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8", errors="replace")


def _baselines(path: str) -> Mapping[Box, Baseline]:
    """Return the baselines by the boxes of their lines; none if there is no such output, for the text needs none."""
    try:
        return baselines_in(_read(path))
    except FileNotFoundError:
        return {}


def _compare(text: str, other: str) -> None:
    """Raise ``ValueError`` unless the two outputs have the same letters: the program does not tell of a full disk."""
    if Counter(letters(_MARKS.sub("", normalise_text(text)))) != Counter(letters(_MARKS.sub("", other))):
        msg = "two outputs that differ"
        raise ValueError(msg)


@contextmanager
def _output(treatment: Treatment, language: str) -> Iterator[str]:
    """Yield the path of the program's output without the extension. The files are removed afterwards."""
    page, config = treatment.page, _CONFIG.format(psm=treatment.psm, threshold=treatment.invert_threshold)
    page.format = "PPM"  # uncompressed, because JPEG loses detail and PNG costs time
    try:
        with program.save(page) as (base, picture), _full_disk_told():
            program.run_tesseract(picture, base, "", language, config)
            yield base
    except program.TesseractError as error:
        raise EngineFailure(_code(error.status, str(error.message))) from error
    except (OSError, ValueError) as error:
        raise_if_full(Path.cwd(), error)  # of an error while the picture was saved
        raise EngineFailure(ItemErrorCode.OCR_CRASHED) from error


@contextmanager
def _full_disk_told() -> Iterator[None]:
    """Raise ``EngineUnavailable`` for an error of the block if the disk is full, before its files are removed."""
    try:
        yield
    except (program.TesseractError, OSError, ValueError) as error:
        raise_if_full(Path.cwd(), error)
        raise


def _code(status: int, message: str) -> ItemErrorCode:
    if status > 0:  # a negative status is the signal that ended the program
        for words, code in _FAILURES:
            if words in message.lower():
                return code
    return ItemErrorCode.OCR_CRASHED


def _contained(arguments: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Return pytesseract's arguments for starting the program, extended so that it dies with this process."""

    def contained(*args: object, **kwargs: object) -> dict[str, Any]:
        return arguments(*args, **kwargs) | {"preexec_fn": partial(die_with, os.getpid())}

    return contained


#: The entry point for :func:`adapters.engines.reader.create_reader`.
create: Final = TesseractReader
