from pathlib import Path

import pytest
from click.testing import CliRunner

from entrypoints.cli import main


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("list", "--key-file", "key"), "--key-file"),
        (("submit", "a.png", "--idempotency-key", "ä"), "Idempotency-Key"),
        (("submit", "a.png", "--idempotency-key", "a b"), "Idempotency-Key"),
    ],
)
def test_a_key_that_no_header_may_hold_is_named_and_nothing_is_sent(
    arguments: tuple[str, ...], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.png").write_bytes(b"x")
    (tmp_path / "key").write_text("ä")
    done = CliRunner().invoke(main, ["jobs", *arguments, "--url", "http://127.0.0.1:9"])
    assert done.exit_code == 2
    assert named in done.output
    assert "codec" not in done.output
