"""What the shells themselves complete, with the scripts that a wheel installs."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from entrypoints.cli import main
from entrypoints.cli.completion import script
from needed import needed
from ocrcore.testing.patience import FOREVER
from serving import OCRCORE
from terminals import Terminal, on_terminal


@pytest.fixture
def places(tmp_path: Path) -> Mapping[str, str]:
    """Return an environment in which the program is found, with a home of its own."""
    program = tmp_path / "bin/ocrcore"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexec " + " ".join(f'"{part}"' for part in OCRCORE) + ' "$@"\n')
    program.chmod(0o755)
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    return {**os.environ, **home, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}


def test_fish_completes_commands_options_and_values(places: Mapping[str, str], tmp_path: Path) -> None:
    fish = needed("fish", "fish")
    folder = tmp_path / "fish/completions"  # fish looks there by itself
    folder.mkdir(parents=True)
    (folder / "ocrcore.fish").write_text(script(main, "fish"))

    def completed(typed: str) -> set[str]:
        ended = subprocess.run(
            [fish, "-c", f'complete -C "{typed}"'],
            env=places,
            capture_output=True,
            text=True,
            timeout=FOREVER,
            check=True,
        )
        return {line.partition("\t")[0] for line in ended.stdout.splitlines()}

    assert completed("ocrcore jobs re") == {"rename", "result", "retry"}
    assert "--key-file" in completed("ocrcore jobs list --k")
    assert completed("ocrcore ocr --format pd") == {"pdf", "pdfa"}


@pytest.fixture
def zsh(places: Mapping[str, str], tmp_path: Path) -> Iterator[Terminal]:
    """Yield a prompt of zsh that finds the script as an installed one is found: in a folder of its ``fpath``."""
    program = needed("zsh", "zsh")
    folder = tmp_path / "functions"
    folder.mkdir()
    (folder / "_ocrcore").write_text(script(main, "zsh"))
    (tmp_path / ".zshrc").write_text(
        f"fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D; PS1='ready> '; unsetopt beep\n"
    )
    with on_terminal("-i", program=[program], environment={**places, "ZDOTDIR": str(tmp_path)}) as shell:
        shell.until(lambda seen: seen.rows[-1].startswith("ready>"))
        yield shell


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("ocrcore jobs ren", "ocrcore jobs rename"),
        ("ocrcore jobs list --key-f", "ocrcore jobs list --key-file"),
        ("ocrcore ocr --format pdf", "pdfa"),
    ],
)
def test_zsh_completes_what_is_typed(zsh: Terminal, typed: str, completed: str) -> None:
    zsh.press(f"{typed}\t".encode())
    zsh.until(lambda seen: any(completed in row for row in seen.rows))
