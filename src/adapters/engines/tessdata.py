"""The language data of the installed Tesseract, for an engine that brings the program without the data."""

import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from adapters.engines.confine import die_with
from adapters.engines.errors import EngineMissing

INSTALL: Final = "install tesseract-ocr and a language, as tesseract-ocr-eng (Debian: apt-get install tesseract-ocr)."
NO_LANGUAGES: Final = f"Tesseract has no language data where it looks for it (TESSDATA_PREFIX); {INSTALL}"
#: Detects scripts and reads no letters.
SCRIPTS_ONLY: Final = "osd"
_NOWHERE: Final = f"Neither a tesseract on the PATH nor TESSDATA_PREFIX says where language data is; {INSTALL}"
#: The first line of Tesseract 5's list of languages.
_HEADING: Final = re.compile(r'^List of available languages in "(.+)"')
#: Seconds after which a program that has not answered says nothing.
_LONGEST: Final = 60.0
#: A code: what Tesseract lists, without the paths of subfolders, and without what separates codes or begins an option.
_CODE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def find_tessdata() -> Path:
    """Return the data folder of the program, which may be a script with its own environment.

    If the program reports none, it is ``TESSDATA_PREFIX``. Raises :class:`EngineMissing`.
    """
    heading = _HEADING.match(_listing())
    folder = heading[1] if heading is not None else os.environ.get("TESSDATA_PREFIX")
    if not folder:
        raise EngineMissing(_NOWHERE)
    return Path(folder)


def languages_in(tessdata: Path) -> Sequence[str]:
    """Return the codes with data in the folder, sorted, without ``osd``.

    Raises :class:`EngineMissing` if there are none.
    """
    return _languages(path.stem for path in tessdata.glob("*.traineddata"))


def listed_languages() -> Sequence[str]:
    """Return the codes that the program lists, sorted, without ``osd`` and without paths.

    Raises :class:`EngineMissing` if there are none.
    """
    return _languages(_listing().splitlines()[1:])


def _languages(codes: Iterable[str]) -> Sequence[str]:
    languages = sorted(code for code in set(codes) - {SCRIPTS_ONLY} if _CODE.fullmatch(code))
    if not languages:
        raise EngineMissing(NO_LANGUAGES)
    return languages


def _listing() -> str:
    command = ["tesseract", "--list-langs"]
    try:
        ended = subprocess.run(  # noqa: S603 - the one on the PATH is intended
            command,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            preexec_fn=partial(die_with, os.getpid()),
            timeout=_LONGEST,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout
