import io
import json
import logging
import sys
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrypoints.logs import configure_logs
from ocrcore.domain.errors import DatabaseUnavailable


class Window(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_json_lines_hold_what_was_said(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json")
    logging.getLogger("x").info("said", extra={"job_id": "1", "n": 2})
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["job_id"], line["n"], line["level"]) == ("said", "1", 2, "info")
    assert line["timestamp"].endswith("Z")


def test_a_fault_is_logged_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json")
    try:
        1 / 0  # noqa: B018 - to fail
    except ZeroDivisionError:
        logging.getLogger("x").exception("fault")
    line = json.loads(capsys.readouterr().err)
    assert line["exception"][0]["exc_type"] == "ZeroDivisionError"


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_fault_is_logged_without_what_the_variables_held(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(form)
    password = "hunter2" * 2
    try:
        int(f"no number {len(password)}")
    except ValueError:
        logging.getLogger("x").exception("fault")
    written = capsys.readouterr().err
    assert "ValueError" in written
    assert "hunter2hunter2" not in written


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_service_that_is_away_is_one_line_with_its_cause(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(form)
    away = DatabaseUnavailable()
    away.__cause__ = ConnectionRefusedError(111, "Connection refused")
    logging.getLogger("x").warning("put off", exc_info=away)
    (line,) = capsys.readouterr().err.splitlines()
    assert "ConnectionRefusedError: [Errno 111] Connection refused" in line
    assert "Traceback" not in line


@pytest.mark.parametrize("form", ["console", "json"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=100)
@given(text=st.text() | st.sampled_from(["a\nb", "\x1b[2J", "a\r\n2026 [info] forged", "\u202eabc", "\u2028x"]))
def test_one_record_is_one_line_whatever_it_holds(form: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(form)
    logging.getLogger("x").info("said", extra={"filename_given": text})
    logging.getLogger("x").info("%s", text)
    written = capsys.readouterr().err
    assert len(written.splitlines()) == 2
    assert "\x1b[2J" not in written
    assert "\u202e" not in written


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.filterwarnings("always")
def test_a_librarys_warning_is_one_record_without_a_path(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(form)
    warnings.warn("Corrupt EXIF data.\nExpecting more", stacklevel=1)
    (line,) = capsys.readouterr().err.splitlines()
    assert "Corrupt EXIF data.\\nExpecting more" in line
    assert "test_logs.py:" in line
    assert "UserWarning" in line
    assert "/test_logs.py" not in line


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_a_log_on_a_terminal_has_colours_where_they_are_wanted(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    coloured: bool,  # noqa: FBT001 - a column of the table
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    window = Window()
    monkeypatch.setattr(sys, "stderr", window)
    configure_logs("console")
    logging.getLogger("x").warning("said")
    assert ("\x1b" in window.getvalue()) is coloured
