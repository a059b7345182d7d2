import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ocrcore.domain.errors import InvalidOption
from ocrcore.domain.options import OPTIONS, JobOptions, OptionsView, parse_languages
from ocrcore.domain.page_ranges import parse_pages


def test_the_defaults_are_those_of_the_specification() -> None:
    options = JobOptions()
    assert (options.languages, options.engine, options.psm) == (("eng",), "auto", 3)
    assert options.expires_in == timedelta(days=2)


@pytest.mark.parametrize(
    "values",
    [
        {"languages": ("por", "eng")},
        {"languages": tuple("abcdefgh")},
        {"engine": "tesseract"},
        {"engine": "tesserocr"},
        {"engine": "ppocr"},
        {"psm": 1},
        {"psm": 13},
        {"expires_in": timedelta(seconds=1)},
    ],
)
def test_a_value_of_the_list_is_taken(values: dict[str, Any]) -> None:
    options = JobOptions(**values)
    assert {name: getattr(options, name) for name in values} == values


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"languages": ()}, "languages"),
        ({"languages": ("eng", "eng")}, "languages"),
        ({"languages": tuple("abcdefghi")}, "languages"),
        ({"engine": ""}, "engine"),
        ({"engine": "Tesseract"}, "engine"),
        ({"engine": "../tesseract"}, "engine"),
        ({"psm": -1}, "psm"),
        ({"psm": 0}, "psm"),
        ({"psm": 2}, "psm"),
        ({"psm": 14}, "psm"),
        ({"expires_in": timedelta()}, "expires_in"),
        ({"expires_in": timedelta(seconds=-1)}, "expires_in"),
        ({"expires_in": timedelta(microseconds=999_999)}, "expires_in"),
    ],
)
def test_any_other_value_is_refused_by_name(values: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidOption, match=named):
        JobOptions(**values)


@pytest.mark.parametrize(
    ("text", "languages"), [("eng", ("eng",)), ("por+eng", ("por", "eng")), ("", ("",)), ("eng+", ("eng", ""))]
)
def test_languages_are_joined_by_a_plus(text: str, languages: tuple[str, ...]) -> None:
    assert parse_languages(text) == languages


BY_NAME = {option.name: option for option in OPTIONS}
SENTENCES = [
    ("languages", "eng+eng", "languages must be 1 to 8 different codes joined by +, as eng+por."),
    (
        "engine",
        "ABBYY",
        "engine must be one of auto, tesseract, tesserocr, ppocr, or the name of another engine that is installed.",
    ),
    ("psm", "fast", "psm must be 1 or a number from 3 to 13."),
    ("psm", "2", "psm must be 1 or a number from 3 to 13."),
    ("expires_in", "soon", "expires_in must be an integer followed by s, m, h or d, from 1s to 36500d, as 12h."),
    ("expires_in", "36501d", "expires_in must be an integer followed by s, m, h or d, from 1s to 36500d, as 12h."),
    ("pages", "0", "pages must be all, or a list of numbers and ranges, as 1,3-7,9-."),
    ("dpi", "71", "dpi must be auto, or a number from 72 to 600."),
    ("pdf_text", "yes", "pdf_text must be one of auto, ocr."),
    ("quality", "good", "quality must be one of auto, fast, best."),
    ("rotate", "45", "rotate must be one of auto, none, 90, 180, 270."),
    ("dpi", "1e2", "dpi must be auto, or a number from 72 to 600."),
    ("accept_partial", "yes", "accept_partial must be 1 or 0, or true or false."),
    ("accept_partial", "", "accept_partial must be 1 or 0, or true or false."),
    ("expires_in", "0s", "expires_in must be an integer followed by s, m, h or d, from 1s to 36500d, as 12h."),
]


@pytest.mark.parametrize(("name", "text", "sentence"), SENTENCES)
def test_a_refused_option_is_told_its_range(name: str, text: str, sentence: str) -> None:
    with pytest.raises(InvalidOption, match=f"^{re.escape(sentence)}$"):
        BY_NAME[name].read(text)


@pytest.mark.parametrize(("text", "mode"), [("1", 1), ("3", 3), ("03", 3), ("13", 13)])
def test_a_mode_is_a_number_of_one_or_two_digits(text: str, mode: int) -> None:
    assert BY_NAME["psm"].read(text) == mode


@pytest.mark.parametrize(
    "text", ["", "+3", "-3", " 3", "3.0", "003", "1_0", "\N{ARABIC-INDIC DIGIT THREE}", "3" * 5000]
)
def test_any_other_mode_is_refused(text: str) -> None:
    with pytest.raises(InvalidOption):
        BY_NAME["psm"].read(text)


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("true", True), ("True", True), ("0", False), ("false", False)]
)
def test_a_switch_is_a_digit_or_a_word(text: str, value: object) -> None:
    assert JobOptions().changed({"accept_partial": text}).accept_partial is value


def test_texts_change_the_options_that_they_name_and_no_other() -> None:
    operators = JobOptions(languages=("por",), psm=6)
    changed = operators.changed({"psm": "11", "expires_in": "12h"})
    assert changed == JobOptions(languages=("por",), psm=11, expires_in=timedelta(hours=12))
    assert operators.changed({}) == operators


@pytest.mark.parametrize("quality", ["fast", "best"])
def test_an_engine_and_a_quality_are_not_both_chosen(quality: str) -> None:
    with pytest.raises(InvalidOption, match="quality must be auto where an engine is named"):
        JobOptions().changed({"engine": "tesseract", "quality": quality})


def test_who_names_an_engine_does_not_get_the_operators_quality() -> None:
    operators = JobOptions(quality="fast")
    assert operators.changed({"engine": "ppocr"}) == JobOptions(engine="ppocr")
    assert operators.changed({"engine": "auto"}) == operators


@pytest.mark.parametrize(("rotate", "degrees"), [("auto", 0), ("none", 0), ("90", 90), ("180", 180), ("270", 270)])
def test_pages_are_turned_by_as_many_degrees_as_it_says(rotate: str, degrees: int) -> None:
    assert JobOptions(rotate=rotate).turn == degrees


def test_texts_are_refused_as_values_are() -> None:
    with pytest.raises(InvalidOption, match="psm must be"):
        JobOptions().changed({"psm": "2"})


def test_clients_see_the_options_as_text_and_numbers() -> None:
    options = JobOptions(languages=("eng", "por"), engine="ppocr", psm=6, expires_in=timedelta(hours=12))
    options = replace(
        options,
        dpi=150,
        pdf_text="ocr",
        rotate="90",
        pages=parse_pages("9-, 1"),
        accept_partial=True,
        keep=timedelta(days=30),
    )
    later = {"pages": "9-,1", "dpi": "150", "pdf_text": "ocr", "rotate": "90", "quality": "auto", "keep": "30d"}
    view = OptionsView("eng+por", "ppocr", 6, 43_200, **later, accept_partial=True)
    assert options.view() == view


def test_a_request_without_later_options_keeps_the_identity_that_release_0_1_hashed() -> None:
    assert JobOptions(psm=6).identity() == [["eng"], "auto", 6, 172_800.0]


def test_an_engine_may_be_named_as_it_was_called_earlier() -> None:
    assert JobOptions().changed({"engine": "rapidocr"}) == JobOptions(engine="ppocr")


def test_an_old_job_keeps_the_name_of_its_engine_and_is_read_by_the_present_one() -> None:
    old = JobOptions.from_json({"engine": "rapidocr"})
    assert old.view().engine == "rapidocr"
    assert old.current() == JobOptions(engine="ppocr")


def test_pages_are_read_by_an_engine_whatever_it_was_chosen_for() -> None:
    best = JobOptions(quality="best", psm=6)
    assert best.read_by("ppocr") == JobOptions(engine="ppocr", psm=6)
    assert best.read_by("auto") == best
