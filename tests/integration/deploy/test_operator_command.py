"""``/usr/local/bin/ocrcore`` of an installed machine: the operator's command has the settings of the services."""

import os
import pwd
import subprocess
from pathlib import Path

from aws_template import ROOT
from needed import missing

_COMMAND = ROOT / "deploy/ocrcore"
_NOBODY = "nobody"
_TELL = 'pwd; id -un; id -Gn; umask; env; printf "%s|" "$@"'


def _script(folder: Path) -> str:
    """Return the command with another user, who is there, and a program that runs its arguments."""
    text = _COMMAND.read_text()
    for own, here in {
        "user=ocrcore home=/var/lib/ocrcore program=/opt/ocrcore/venv/bin/ocrcore": (
            f"user={_NOBODY} home=/usr program=/usr/bin/env"
        ),
        "/etc/ocrcore/": f"{folder}/",
    }.items():
        assert own in text
        text = text.replace(own, here)
    return text


def test_the_operator_has_the_settings_of_the_services_and_is_their_user(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        missing("only root becomes another user")
    touched = tmp_path / "touched"
    (tmp_path / "ocrcore.env").write_text(
        "# OCR_COMMENT=1\n; OCR_COMMENT=2\nno assignment\n\n"
        "OCR_DATA_DIR=/var/lib/ocrcore/data\n"
        "OCR_DATABASE_URL=sqlite:///earlier\n"
        'OCR_QUOTED="two words"  \n'
        "OCR_SINGLE='$HOME'\n"
        f"OCR_NOT_RUN=$(touch {touched})`touch {touched}`; touch {touched}\n"
        "OCR_GIVEN=by the file\n"
        "  OCR_INDENTED=yes\r\n"
        "OCR_EMPTY=\n"
        f"a[$(touch {touched})]=1\n"
    )
    (tmp_path / "secret.env").write_text("OCR_DATABASE_URL=mysql+pymysql://ocr_api:p%23=w@db/ocr")  # without an end
    ended = subprocess.run(
        ["bash", "-c", _script(tmp_path), "ocrcore", "sh", "-c", _TELL, "sh", "keys", "create", "a b"],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "OCR_GIVEN": "by the operator"},
        capture_output=True,
        text=True,
        check=True,
    )
    folder, user, groups, umask, *lines, arguments = ended.stdout.splitlines()
    assert (folder, user, umask) == ("/usr", _NOBODY, "0077")
    assert "root" not in groups.split()
    assert arguments == "keys|create|a b|"
    assert {line for line in lines if line.startswith(("OCR", "HOME"))} == {
        "HOME=/usr",
        "OCR_DATA_DIR=/var/lib/ocrcore/data",
        "OCR_DATABASE_URL=mysql+pymysql://ocr_api:p%23=w@db/ocr",
        "OCR_QUOTED=two words",
        "OCR_SINGLE=$HOME",
        f"OCR_NOT_RUN=$(touch {touched})`touch {touched}`; touch {touched}",
        "OCR_GIVEN=by the operator",
        "OCR_INDENTED=yes",
        "OCR_EMPTY=",
    }
    assert not touched.exists()


def test_another_user_is_told_what_to_do(tmp_path: Path) -> None:
    other = pwd.getpwnam(_NOBODY).pw_uid if os.geteuid() == 0 else None
    ended = subprocess.run(
        ["bash", "-c", _script(tmp_path), "ocrcore", "keys", "list"],
        user=other,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "sudo ocrcore keys list" in ended.stderr


def test_a_copy_is_restored_with_the_same_settings_by_the_name_of_the_command(tmp_path: Path) -> None:
    """So the account that may make tables comes from the environment, as for ``ocrcore init``, and is no argument."""
    if os.geteuid() != 0:
        missing("only root becomes another user")
    (tmp_path / "ocrcore.env").write_text(
        "OCR_DATABASE_URL=mysql+pymysql://ocr_api:a@db/ocr\nOCR_DATABASE_TLS=require\n"
    )
    assert " program=/opt/ocrcore/bin/restore " in _COMMAND.read_text()
    script = tmp_path / "ocrcore-restore"
    script.write_text(_script(tmp_path).replace("program=/opt/ocrcore/bin/restore", "program=/usr/bin/env"))
    init = "mysql+pymysql://ocr_init:b@db/ocr"
    ended = subprocess.run(
        ["bash", script, "sh", "-c", _TELL, "sh", "copy", "data"],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "OCR_DATABASE_URL": init},
        capture_output=True,
        text=True,
        check=True,
    )
    assert {f"OCR_DATABASE_URL={init}", "OCR_DATABASE_TLS=require"} <= set(ended.stdout.splitlines())
    assert ended.stdout.endswith("copy|data|")


def test_an_installed_machine_has_it() -> None:
    assert "ln -sfn ocrcore /usr/local/bin/ocrcore-restore\n" in (ROOT / "deploy/install").read_text()
    assert _COMMAND.stat().st_mode & 0o111
    assert "install -D -m 755 deploy/ocrcore /usr/local/bin/ocrcore\n" in (ROOT / "deploy/install").read_text()
