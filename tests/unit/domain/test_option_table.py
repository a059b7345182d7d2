"""The table of options: every form of an option follows from its row."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest

from ocrcore.domain import options as table
from ocrcore.domain.errors import InvalidOption
from ocrcore.domain.options import OPTIONS, JobOptions, Option, OptionFields, OptionsView

BY_NAME = pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)


def changed(option: Option, options: JobOptions | None = None) -> JobOptions:
    """Return options of which this one has another value than by default."""
    options = JobOptions() if options is None else options
    values = (option.read(text) for text in option.examples)
    return replace(options, **{option.name: next(one for one in values if one != getattr(options, option.name))})


def forgotten(identity: Callable[[JobOptions], list[Any]]) -> list[str]:
    """Return the options whose change leaves the identity of a request as it was."""
    return [option.name for option in OPTIONS if identity(changed(option)) == identity(JobOptions())]


def test_every_option_has_a_row_a_field_a_keyword_and_a_place_in_the_view() -> None:
    names = [option.name for option in OPTIONS]
    assert [field.name for field in fields(JobOptions)] == names
    assert [field.name for field in fields(OptionsView)] == names
    assert list(OptionFields.__annotations__) == names


@BY_NAME
def test_an_option_comes_back_from_json(option: Option) -> None:
    options = changed(option)
    assert JobOptions.from_json(options.to_json()) == options


@BY_NAME
def test_an_option_is_read_as_its_help_says(option: Option) -> None:
    for text in option.examples:
        assert option.allows(option.read(text))
    with pytest.raises(InvalidOption, match=f"{option.name} must be "):
        option.read("eng+eng")  # twice the same language, and nothing to any other option


def test_no_option_is_forgotten_by_the_identity_of_a_request() -> None:
    assert forgotten(JobOptions.identity) == []


def test_an_option_that_the_identity_forgot_would_be_found() -> None:
    assert forgotten(lambda options: options.identity()[:2]) == [
        "psm",
        "expires_in",
        "pages",
        "dpi",
        "pdf_text",
        "rotate",
        "quality",
        "keep",
        "accept_partial",
    ]


def test_an_option_that_is_added_to_the_table_counts_where_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True, slots=True)
    class Later(JobOptions):
        zoom: int = 300

    today, stored = JobOptions().identity(), JobOptions().to_json()
    row = Option("zoom", "", "a number", int, lambda _: True, int, int, ("300", "150"), "integer")
    monkeypatch.setattr(table, "OPTIONS", (*OPTIONS, row))
    assert Later().identity() == today
    assert Later(zoom=150).identity() != today
    assert Later.from_json(Later(zoom=150).to_json()) == Later(zoom=150)
    assert Later.from_json(stored) == Later()
