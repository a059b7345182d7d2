"""What a command says of a wrong word is read by others: on a screen, in a ticket, in the log of a build."""

import pytest
from click.testing import CliRunner

from entrypoints.cli import main
from ocrcore.domain.api_key import RANDOM_BYTES, new_key_text

KEY = new_key_text(b"k" * RANDOM_BYTES)
SECRET = KEY.rpartition("_")[2]


@pytest.mark.parametrize(
    "command",
    [
        ("jobs", "list", "--key-file", KEY),
        ("jobs", "list", "--key-file", f"/nowhere/{KEY}"),
        ("jobs", "list", "--key-file", f"{KEY[:-1]}_"),
        ("jobs", "list", f"--{KEY}"),
        ("jobs", "list", KEY),
        ("jobs", "list", "--url", f"http://a/ {KEY}"),
        ("jobs", "show", KEY),
        ("jobs", "submit", KEY),
        ("jobs", KEY),
        ("keys", "revoke", KEY),
        ("keys", "create", "ana", "--scope", KEY),
        ("keys", "create", "ana", "--expires", KEY),
        ("keys", "create", KEY),
        ("ocr", KEY),
        ("ocr", KEY, "-o", KEY),
        ("settings", KEY),
        ("serve", "--port", KEY),
        (KEY,),
    ],
)
def test_no_command_repeats_a_key(command: tuple[str, ...], tmp_path: object) -> None:
    ended = CliRunner().invoke(
        main, command, env={"OCR_DATA_DIR": f"{tmp_path}/data", "OCRCORE_URL": "http://127.0.0.1:9"}
    )
    assert ended.exit_code != 0, ended.output
    assert SECRET[:20] not in ended.output
    assert ended.output.count("\n") <= 6
    assert isinstance(ended.exception, SystemExit)


def test_a_key_in_place_of_its_file_is_told() -> None:
    ended = CliRunner().invoke(main, ["jobs", "list", "--key-file", KEY])
    assert (ended.exit_code, "not the key itself" in ended.output) == (2, True)
