"""Which engine reads the pages of a job.

A job may name an engine. If it names none, its ``quality`` and its languages decide: ``auto`` and ``best`` take the
most accurate engine that reads all of the languages well, ``fast`` takes Tesseract. An operator who names an engine
(``OCR_ENGINE``) decides for ``auto``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from ocrcore.domain.errors import InvalidOption, UnsupportedLanguage
from ocrcore.domain.offer import Offer
from ocrcore.domain.options import AUTO, BEST, FAST, JobOptions

#: In order of preference: Tesseract kept loaded, and as a program. Release 0.1 knows these.
FASTEST: Final = ("tesserocr", "tesseract")
#: In order of accuracy, in the languages that each reads well.
MOST_ACCURATE: Final = ("ppocr", *FASTEST)

#: What Tesseract calls a language, as ``chi_sim``.
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{1,19}", re.ASCII)

Offers = Mapping[str, Offer]


def choose_engine(options: JobOptions, offers: Offers, default: str = AUTO) -> str:
    """Return the name of the engine for these options; ``offers`` is by name, ``default`` the operator's choice.

    Raises :class:`InvalidOption` if no such engine is installed, and :class:`UnsupportedLanguage` if none that is reads
    all of the languages.
    """
    candidates = list(_candidates(options, offers, default))
    if not candidates:
        raise InvalidOption(_not_installed(options, offers))
    wanted = set(options.languages)
    for name, languages in candidates:
        if wanted <= set(languages):
            return name
    raise UnsupportedLanguage(_refusal(options, sorted({code for _, languages in candidates for code in languages})))


def offer_of_auto(offers: Offers, default: str = AUTO) -> Offer | None:
    """Return what a job that names no engine gets: the first engine's version, and the languages of all.

    None if the engine that decides is not installed.
    """
    candidates = list(_candidates(JobOptions(), offers, default))
    if not candidates:
        return None
    languages = tuple(sorted({code for _, languages in candidates for code in languages}))
    return Offer(offers[candidates[0][0]].version, languages)


def needs_new_worker(options: JobOptions, offers: Offers, default: str = AUTO) -> bool:
    """Return whether workers of release 0.1 lack the engine, and would not read as well without it.

    Of a job that leaves the choice they read with Tesseract what Tesseract can read.
    """
    if choose_engine(options, offers, default) in FASTEST:
        return False
    old = [offers[name].languages for name in FASTEST if name in offers]
    leaves_the_choice = options.engine == AUTO and options.quality == AUTO
    return not (leaves_the_choice and any(set(options.languages) <= set(languages) for languages in old))


def named_engine(options: JobOptions, default: str) -> str:
    """Return the engine that the job names, or else the operator for it; ``auto`` if the languages decide."""
    if options.engine != AUTO:
        return options.engine
    return default if options.quality == AUTO else AUTO


def _candidates(options: JobOptions, offers: Offers, default: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the installed engines in order, each with the languages for which it may be taken."""
    named = named_engine(options, default)
    if named != AUTO:
        yield from ((name, offers[name].languages) for name in (named,) if name in offers)
        return
    names = FASTEST if options.quality == FAST else MOST_ACCURATE
    yield from ((name, offers[name].good_languages) for name in names if name in offers)
    if options.quality == BEST:  # better than no text at all
        yield from ((name, offers[name].languages) for name in names if name in offers)


def _not_installed(options: JobOptions, offers: Offers) -> str:
    names = ", ".join((AUTO, *(name for name in offers if name != AUTO)))
    if options.engine != AUTO:
        return f"The engine {options.engine} is not installed here; there are: {names}."
    return f"There is no engine for quality={options.quality} here; there are: {names}."


def _refusal(options: JobOptions, languages: list[str]) -> str:
    lacking = [code for code in options.languages if code not in languages]
    if not lacking:
        return "No engine here reads all of these languages together; send a job for each script."
    there_are = f"there are: {', '.join(languages)}."
    if not all(map(_CODE.fullmatch, lacking)):
        return f"languages must be codes joined by +, as eng+por; {there_are}"
    packages = " ".join(f"tesseract-ocr-{code.lower().replace('_', '-')}" for code in lacking)
    named = f"The language {lacking[0]} is" if len(lacking) == 1 else f"The languages {', '.join(lacking)} are"
    return f"{named} not installed here (on Debian: apt-get install {packages}); {there_are}"
