"""What the chaos rig looks at, shown without its servers."""

import random
import subprocess
import sys

from chaos.rig import late
from chaos.uploads import draw_files, pages_of
from ocrcore.testing.patience import FOREVER, eventually
from processes import zombies

_UNREAPED = f"import os, time; print(os.spawnlp(os.P_NOWAIT, 'true', 'true'), flush=True); time.sleep({2 * FOREVER})"


def test_a_late_exit_and_a_late_return_are_wrong() -> None:
    assert late(5.5, 4.9) == []
    assert [sentence.partition(":")[0] for sentence in late(6.1, 5.1)] == ["wrong", "stuck"]
    assert late(11.9, 9.9, 2.0) == []


def test_children_of_another_process_that_it_does_not_reap_are_seen() -> None:
    with subprocess.Popen([sys.executable, "-c", _UNREAPED], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        seen = eventually(lambda: zombies(parent.pid) == [child])
        parent.kill()
    assert seen


def test_no_two_pages_of_a_job_have_the_same_text() -> None:
    files = draw_files(random.Random(1), 14)  # noqa: S311 - to be repeated, not secret
    pages = pages_of(files)
    assert len({page.text for page in pages}) == len(pages) > len(files)
    assert {file.name for file in files} == {"page.png", "document.pdf", "document.tif"}
