"""Paths that a browser may be led to."""

import pytest

from entrypoints.http.same_site import own_path


@pytest.mark.parametrize("path", ["/", "/jobs", "/jobs/1?a=b&c=//d", "/a//b", "/search?q=%2F%2Fx"])
def test_next_may_be_any_path_of_our_own(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jobs",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "/x\r\nSet-Cookie: a=b",
        " //evil.example",
        "/\u00e9",
        "/" + "x" * 2000,
    ],
)
def test_next_is_never_a_place_elsewhere(text: str) -> None:
    assert own_path(text) == "/"
