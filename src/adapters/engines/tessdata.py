"""Where the installed Tesseract keeps its languages, for an engine that brings the program and not the data."""

import os
import re
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from adapters.engines.confine import die_with
from adapters.engines.errors import EngineMissing

INSTALL: Final = "install tesseract-ocr and a language, as tesseract-ocr-eng (Debian: apt-get install tesseract-ocr)."
NO_LANGUAGES: Final = f"Tesseract has no language data where it looks for it (TESSDATA_PREFIX); {INSTALL}"
#: It knows scripts and not letters.
SCRIPTS_ONLY: Final = "osd"
_NOWHERE: Final = f"Neither a tesseract on the PATH nor TESSDATA_PREFIX says where language data is; {INSTALL}"
#: As Tesseract 5 begins the list of its languages.
_HEADING: Final = re.compile(r'^List of available languages in "(.+)"')
#: As pytesseract has them: none of a folder below.
_CODE: Final = re.compile(r"[a-z_]+")


def find_tessdata() -> Path:
    """Return the folder that the program uses, which may be a script that knows better than our environment.

    Without a program that says so, it is ``TESSDATA_PREFIX``. Raises :class:`EngineMissing`.
    """
    said = _HEADING.match(_listing())
    folder = said[1] if said is not None else os.environ.get("TESSDATA_PREFIX")
    if not folder:
        raise EngineMissing(_NOWHERE)
    return Path(folder)


def languages_in(tessdata: Path) -> Sequence[str]:
    """Return the codes that have data there, sorted; not ``osd``. Raises :class:`EngineMissing` for none."""
    codes = {path.stem for path in tessdata.glob("*.traineddata")} - {SCRIPTS_ONLY}
    languages = sorted(code for code in codes if _CODE.fullmatch(code))
    if not languages:
        raise EngineMissing(NO_LANGUAGES)
    return languages


def _listing() -> str:
    command = ["tesseract", "--list-langs"]
    try:
        ended = subprocess.run(  # noqa: S603 - the one on the PATH is meant
            command,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            preexec_fn=partial(die_with, os.getpid()),
        )
    except OSError:
        return ""
    return ended.stdout
