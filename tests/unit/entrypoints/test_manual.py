"""The help, the manual page, the completion and the table of settings tell of the same program."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import write_reference
from entrypoints.cli import main
from entrypoints.cli.completion import SHELLS, script
from entrypoints.cli.manual import manual
from entrypoints.setting_texts import setting_texts
from entrypoints.settings import Settings, SettingsError, read_settings, unknown_variables, variable
from needed import needed
from ocrcore.testing.patience import FOREVER
from serving import OCRCORE


def commands(group: click.Group = main, path: str = "ocrcore") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


COMMANDS = dict(commands())


def test_every_setting_has_a_text() -> None:
    assert {row.variable for row in setting_texts()} == {variable(field.name) for field in fields(Settings)}


def test_the_table_of_the_readme_is_installed() -> None:
    assert write_reference.SETTINGS.read_text() == write_reference.settings()  # python scripts/write_reference.py


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_a_help(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert command.get_short_help_str(60)
    for option in command.params:
        assert not isinstance(option, click.Option) or option.help, option.name


@pytest.mark.parametrize("name", ["ocrcore", *COMMANDS])
def test_commands_show_examples_that_are_commands(name: str) -> None:
    text = (main if name == "ocrcore" else COMMANDS[name]).help or ""
    examples = re.findall(r"^ +(?:\w+=\S+ |\S+ \| |\S+ <\()?(ocrcore(?: [a-z]+)+)", text, re.MULTILINE)
    assert examples
    for example in examples:
        assert any(example.startswith(command) for command in COMMANDS), example


def test_no_line_of_a_help_is_wider_than_a_terminal() -> None:
    for name in ["ocrcore", *COMMANDS]:
        shown = CliRunner().invoke(main, [*name.split()[1:], "--help"], terminal_width=80)
        assert shown.exit_code == 0
        assert [line for line in shown.output.splitlines() if len(line) > 100] == []


def test_the_manual_page_has_every_command_option_and_setting() -> None:
    page = manual(main).replace("\\-", "-")
    for name, command in COMMANDS.items():
        assert f".SS {name}" in page
        for option in command.params:
            assert not isinstance(option, click.Option) or option.opts[-1] in page
    for row in setting_texts():
        assert f".B {row.variable} " in page


def test_man_understands_the_page() -> None:
    groff = needed("groff", "groff-base")
    ended = subprocess.run(
        [groff, "-man", "-ww", "-Tutf8", "-P-cbou"],
        input=manual(main).encode(),
        capture_output=True,
        timeout=FOREVER,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    shown = ended.stdout.decode()
    assert "ocrcore ocr scan.pdf -o searchable.pdf    read files, without a service\n" in shown
    assert "OCR_DATA_DIR (default: ./ocr-data)" in shown


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_has_a_script(shell: str) -> None:
    printed = CliRunner().invoke(main, ["completion", shell])
    assert printed.stdout == script(main, shell) + "\n"
    assert f"_OCRCORE_COMPLETE={shell}_complete" in printed.stdout


def test_bash_completes_commands_and_options(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash
    program = tmp_path / "ocrcore"
    program.write_text("#!/bin/sh\nexec " + " ".join(f'"{part}"' for part in OCRCORE) + ' "$@"\n')
    program.chmod(0o755)

    def completed(*words: str) -> set[str]:
        line = f"{script(main, 'bash')}\nCOMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}\n"
        line += f'_ocrcore_completion {program}; printf "%s\\n" "${{COMPREPLY[@]}}"'
        ended = subprocess.run([bash, "-c", line], capture_output=True, text=True, timeout=FOREVER, check=True)
        return set(ended.stdout.split())

    assert completed(str(program), "jobs", "re") == {"rename", "result", "retry"}
    assert "--key-file" in completed(str(program), "jobs", "list", "--k")
    assert completed(str(program), "ocr", "--format", "pd") == {"pdf", "pdfa"}
    assert completed(str(program), "ocr", "--rotate", "") == {"auto", "none", "90", "180", "270"}
    assert completed(str(program), "jobs", "submit", "--quality", "b") == {"best"}


def test_settings_are_shown_by_a_part_of_their_names() -> None:
    shown = CliRunner(env={"OCR_KEEP": "30d"}).invoke(main, ["settings", "keep"])
    assert shown.stdout.startswith("OCR_KEEP  (default: forever, here 30d)\n    how long finished jobs are kept")
    rows = json.loads(CliRunner(env={"OCR_SECRET": "x" * 32}).invoke(main, ["settings", "secret", "--json"]).stdout)
    assert [(row["name"], row["value"]) for row in rows] == [("OCR_SECRET", "set")]
    assert CliRunner().invoke(main, ["settings", "nothing"]).exit_code == 2


@pytest.mark.parametrize(("given", "meant"), [("OCR_SLOT", "OCR_SLOTS"), ("OCR_LANGUAGE", "OCR_LANGUAGES")])
def test_a_misspelled_setting_is_refused_with_the_right_name(given: str, meant: str) -> None:
    with pytest.raises(SettingsError, match=f"^{given} is no setting; {meant} is"):
        read_settings({given: "1"})


def test_a_variable_of_another_program_stops_nothing() -> None:
    environment = {"OCR_AGENT": "x", "OCR_SLOTS": "3"}
    assert read_settings(environment).slots == 3
    assert unknown_variables(environment) == ["OCR_AGENT"]
