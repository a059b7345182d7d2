import errno
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.engines.workspace import Workspace

DIES = """
import os, sys
from pathlib import Path
from adapters.engines.workspace import Workspace
workspace = Workspace(Path(sys.argv[1]))
(workspace.folder() / "page").write_text("secret")
os.kill(os.getpid(), 9)
"""


def test_folders_are_private_and_differ(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        first, second = workspace.folder(), workspace.folder()
        assert first != second
        assert {path.stat().st_mode & 0o777 for path in (workspace.path, first, second)} == {0o700}


def test_closing_leaves_nothing_and_may_be_repeated(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    (workspace.folder() / "page").touch()
    workspace.close()
    workspace.close()
    assert list(tmp_path.iterdir()) == []


def test_a_new_one_sweeps_those_of_the_dead(tmp_path: Path) -> None:
    assert subprocess.run([sys.executable, "-c", DIES, str(tmp_path)], check=False).returncode == -9
    assert len(list(tmp_path.iterdir())) == 1
    with Workspace(tmp_path) as workspace:
        assert list(tmp_path.iterdir()) == [workspace.path]


def test_what_cannot_be_removed_is_swept_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace(tmp_path)
    workspace.folder()

    def not_empty(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOTEMPTY, "")

    with monkeypatch.context() as patch:
        patch.setattr("os.rmdir", not_empty)  # somebody makes a file there meanwhile
        workspace.close()
    assert list(tmp_path.iterdir()) == [workspace.path]
    Workspace(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


def test_a_new_one_leaves_those_of_the_living(tmp_path: Path) -> None:
    with Workspace(tmp_path) as first, Workspace(tmp_path) as second:
        assert {first.path, second.path} == set(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["ocrcore", "other-1", "ocrcor"])
def test_what_has_another_name_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    Workspace(tmp_path).close()
    assert (tmp_path / name).exists()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target, root = tmp_path / "target", tmp_path / "root"
    for folder in (target, root):
        folder.mkdir()
    (root / "ocrcore-pages-link").symlink_to(target)
    Workspace(root).close()
    assert target.exists()


def test_a_folder_that_only_has_such_a_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ocrcore-pages-of-mine").mkdir()
    (tmp_path / "ocrcore-pages-of-mine" / "thesis.txt").write_text("three years")
    Workspace(tmp_path).close()
    assert (tmp_path / "ocrcore-pages-of-mine" / "thesis.txt").exists()
