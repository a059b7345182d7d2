"""Which engine reads: by name, by quality, by languages."""

import pytest

from ocrcore.domain.engine_choice import choose_engine, offer_of_auto
from ocrcore.domain.errors import InvalidOption, UnsupportedLanguage
from ocrcore.domain.offer import Offer
from ocrcore.domain.options import JobOptions

PPOCR = Offer("ppocr 1", ("ces", "deu", "eng"), ("deu", "eng"))
TESSEROCR = Offer("tesserocr 1", ("eng", "rus"))
TESSERACT = Offer("tesseract 1", ("ces", "eng", "rus"))
ALL = {"tesseract": TESSERACT, "ppocr": PPOCR, "tesserocr": TESSEROCR}


@pytest.mark.parametrize(
    ("languages", "quality", "engine"),
    [
        ("eng", "auto", "ppocr"),
        ("deu+eng", "auto", "ppocr"),
        ("ces", "auto", "tesseract"),
        ("ces+eng", "auto", "tesseract"),
        ("rus+eng", "auto", "tesserocr"),
        ("eng", "best", "ppocr"),
        ("ces", "best", "tesseract"),
        ("ces+deu", "best", "ppocr"),
        ("eng", "fast", "tesserocr"),
        ("ces", "fast", "tesseract"),
    ],
)
def test_the_languages_and_the_quality_decide(languages: str, quality: str, engine: str) -> None:
    assert choose_engine(JobOptions(languages=tuple(languages.split("+")), quality=quality), ALL) == engine


@pytest.mark.parametrize(("languages", "quality"), [("ces+deu", "auto"), ("deu", "fast"), ("xyz", "best")])
def test_languages_that_no_engine_reads_are_refused(languages: str, quality: str) -> None:
    with pytest.raises(UnsupportedLanguage):
        choose_engine(JobOptions(languages=tuple(languages.split("+")), quality=quality), ALL)


def test_an_engine_that_is_named_reads_all_of_its_languages() -> None:
    assert choose_engine(JobOptions(languages=("ces",), engine="ppocr"), ALL) == "ppocr"
    with pytest.raises(UnsupportedLanguage, match="there are: ces, deu, eng"):
        choose_engine(JobOptions(languages=("rus",), engine="ppocr"), ALL)


def test_the_operators_engine_reads_what_names_neither_engine_nor_quality() -> None:
    assert choose_engine(JobOptions(languages=("ces",)), ALL, "ppocr") == "ppocr"
    assert choose_engine(JobOptions(quality="fast"), ALL, "ppocr") == "tesserocr"
    with pytest.raises(UnsupportedLanguage):
        choose_engine(JobOptions(languages=("rus",)), ALL, "ppocr")


def test_what_is_not_installed_cannot_be_chosen() -> None:
    offers = {"auto": PPOCR, "ppocr": PPOCR}
    with pytest.raises(InvalidOption, match="engine tesseract is not installed here; there are: auto, ppocr"):
        choose_engine(JobOptions(engine="tesseract"), offers)
    with pytest.raises(InvalidOption, match="no engine for quality=fast here; there are: auto, ppocr"):
        choose_engine(JobOptions(quality="fast"), offers)


def test_auto_offers_the_languages_that_it_has_an_engine_for() -> None:
    assert offer_of_auto(ALL) == Offer("ppocr 1", ("ces", "deu", "eng", "rus"))
    assert offer_of_auto(ALL, "tesserocr") == TESSEROCR
    assert offer_of_auto({"ppocr": PPOCR}) == Offer("ppocr 1", ("deu", "eng"))
    assert offer_of_auto(ALL, "nothing") is None
