"""Paths that a browser may be led to."""

from typing import Any

import pytest
from litestar import Request

from entrypoints.http.same_site import came_from, own_path


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


@pytest.mark.parametrize(
    ("referer", "page"),
    [
        ("https://ocr.example.org/ocr/jobs/1?q=x", "/jobs/1?q=x"),
        ("https://ocr.example.org/jobs/1", "/jobs/1"),
        ("https://ocr.example.org/ocrs/1", "/ocrs/1"),
        ("https://ocr.example.org/ocr//evil.example", "/"),
        ("", "/"),
        ("http://[", "/"),
    ],
)
def test_the_page_of_a_form_is_named_without_the_base_path(referer: str, page: str) -> None:
    scope: Any = {"type": "http", "headers": [(b"referer", referer.encode())]}
    assert came_from(Request(scope), "/ocr") == page
