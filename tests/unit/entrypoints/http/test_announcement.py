"""The JSON that announces files: what is in it may be long, and is read while every other request waits."""

import json

import pytest

from entrypoints.http.announcement import _members
from entrypoints.http.problems import HttpProblem


def test_a_member_that_was_sent_twice_is_found_among_many_in_no_time() -> None:
    members = ",".join(f'"{number}":0' for number in [*range(300_000), 299_999])
    with pytest.raises(HttpProblem, match="'299999' was sent twice"):
        _members(f"{{{members}}}".encode())  # in quadratic time it would take minutes


def test_members_that_were_sent_once_are_taken() -> None:
    body = {"uploads": [{"filename": "a", "size": 1}], "name": "b"}
    assert _members(json.dumps(body).encode()) == body
