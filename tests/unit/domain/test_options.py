from datetime import timedelta
from typing import Any

import pytest

from ocrcore.domain.errors import InvalidOption
from ocrcore.domain.options import JobOptions, parse_languages


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
        {"engine": "rapidocr"},
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
