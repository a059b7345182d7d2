"""A process that cannot start ends with one clear line and leaves nothing behind."""

import os
import re
import socket
import sqlite3
import subprocess
from contextlib import closing

import pytest

from e2e.house import PROGRAM, House, Running
from ocrcore.testing.patience import FOREVER, eventually

COMMANDS = [("serve", "--port", "0"), ("worker",)]


def line(running: Running, status: int) -> str:
    """Return the one line that the process wrote; it must end with this status."""
    assert running.process.wait(FOREVER) == status, running.log.read_text()
    (said,) = running.log.read_text().splitlines()
    assert said.startswith("ocrcore: ")
    assert said.endswith(".")
    return said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OCR_SLOTS", "many"),
        ("OCR_SLOTS", "-1"),
        ("OCR_JOB_TTL", "0"),
        ("OCR_GRACE", "soon"),
        ("OCR_MAX_FILES", "0"),
        ("OCR_BACKEND", "cloud"),
        ("OCR_LOG", "xml"),
        ("OCR_ALLOW_ANONYMOUS", "yes"),
        ("OCR_SLOT", "1"),
    ],
)
def test_a_bad_setting_is_named_in_one_line(house: House, name: str, value: str) -> None:
    assert name in line(house.start("init", **{name: value}), 2)
    assert not house.data.exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_without_tesseract_no_process_starts(house: House, command: tuple[str, ...]) -> None:
    assert "no tesseract on the PATH" in line(house.start(*command, PATH="/nowhere", OCR_ENGINE="tesseract"), 1)
    assert house.left == []


@pytest.mark.parametrize("command", COMMANDS)
def test_without_data_of_a_configured_language_no_process_starts(house: House, command: tuple[str, ...]) -> None:
    assert "xyz" in line(house.start(*command, OCR_LANGUAGES="eng+xyz"), 2)
    assert house.left == []


@pytest.mark.parametrize("command", COMMANDS)
def test_with_a_file_that_is_not_a_database_no_process_starts(house: House, command: tuple[str, ...]) -> None:
    house.data.mkdir()
    (house.data / "ocr.sqlite3").write_bytes(b"this is no database" * 100)
    said = line(house.start(*command), 1)
    assert f"The database {house.data / 'ocr.sqlite3'} is no SQLite database; move it away" in said
    assert house.left == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_in_a_missing_folder_is_named(house: House, command: tuple[str, ...]) -> None:
    said = line(house.start(*command, OCR_DATABASE_URL=f"sqlite:///{house.root}/none/x.db"), 1)
    assert f"The database {house.root}/none/x.db cannot be opened or made; see that its folder is there" in said


def test_a_database_of_no_file_is_named_in_one_line(house: House) -> None:
    assert "OCR_DATABASE_URL cannot be used: it names no file" in line(
        house.start("init", OCR_DATABASE_URL="sqlite://"), 2
    )


def test_a_damaged_database_is_named_in_one_line(house: House) -> None:
    assert house.run("init").returncode == 0
    file = house.data / "ocr.sqlite3"
    file.write_bytes(file.read_bytes()[:100] + b"\xff" * 60_000)
    assert f"The database {file} is damaged; put a backup" in line(house.start("init"), 1)


def test_a_database_that_another_program_holds_is_named_in_one_line(house: House) -> None:
    assert house.run("init").returncode == 0
    with closing(sqlite3.connect(house.data / "ocr.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "is held by another program" in line(house.start("init"), 1)


def test_a_data_folder_that_may_not_be_written_is_named_in_one_line(house: House) -> None:
    house.data.mkdir(0o500)
    powerless = ["setpriv", "--bounding-set=-all"] if os.geteuid() == 0 else []  # so that root is refused as well
    ended = subprocess.run(
        [*powerless, PROGRAM, "init"],
        env=house.environment(),
        capture_output=True,
        text=True,
        timeout=FOREVER,
        check=False,
    )
    (said,) = ended.stderr.splitlines()
    assert (ended.returncode, f"OCR_DATA_DIR {house.data} may not be read and written by this user" in said) == (
        2,
        True,
    )


def test_a_data_folder_that_is_a_file_is_named_in_one_line(house: House) -> None:
    house.data.write_text("")
    assert "OCR_DATA_DIR" in line(house.start("serve", "--port", "0"), 2)
    assert house.left == []


def test_a_port_that_is_taken_is_named_in_one_line(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port}" in line(house.start("serve", "--port", port), 2)
    assert house.left == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", ""])  # noqa: S104 - what is refused
def test_without_keys_no_other_machine_is_served(house: House, host: str) -> None:
    assert "OCR_ALLOW_ANONYMOUS" in line(house.start("serve", "--port", "0", "--host", host), 2)


@pytest.mark.parametrize(
    ("name", "value"), [("OCR_TRUSTED_PROXIES", "127.0.0.1"), ("OCR_PUBLIC_URL", "https://ocr.example.org")]
)
def test_without_keys_no_other_machine_is_served_through_a_proxy(house: House, name: str, value: str) -> None:
    assert "OCR_ALLOW_ANONYMOUS" in line(house.start("serve", "--port", "0", **{name: value}), 2)


def test_a_name_that_is_no_address_is_one_line(house: House) -> None:
    running = house.start("serve", "--port", "0", "--host", "no.such.name.invalid", OCR_ALLOW_ANONYMOUS="1")
    assert "no.such.name.invalid" in line(running, 2)


def test_a_worker_without_slots_does_not_start(house: House) -> None:
    assert "OCR_SLOTS" in line(house.start("worker", OCR_SLOTS="0"), 2)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_log_says_which_engine_reads_and_what_else_there_is(house: House, command: tuple[str, ...]) -> None:
    running = house.start(*command, "--slots", "1")
    assert eventually(lambda: re.search("serving|working", running.log.read_text()))
    said = re.search(r" engine='?(\w+) v6 [^']*'? .*other_engines='?([^'=]+)", running.log.read_text())
    assert said is not None
    assert (said[1], re.findall(r"[a-z]{2,}", said[2])[:2]) == ("ppocr", ["tesserocr", "tesseract"])


def test_init_may_be_repeated(house: House) -> None:
    for _ in range(2):
        ended = house.run("init")
        assert ended.returncode == 0, ended.stderr
        assert str(house.data) in ended.stdout
    assert house.rows("id") == []


def test_processes_that_start_at_once_share_one_new_folder(house: House) -> None:
    several = [house.start("serve", "--port", "0", "--slots", "0") for _ in range(3)]
    assert len({running.url for running in several}) == 3
