"""Programs that run inside of a test leave nothing behind."""

import logging
import signal
import sys

from click.testing import CliRunner

from entrypoints.cli import main
from unchanged import unchanged_process


def _set_for_the_process() -> tuple[object, ...]:
    root = logging.getLogger()
    return signal.getsignal(signal.SIGTERM), sys.unraisablehook, root.level, root.handlers[:]


def test_a_program_that_ends_on_sigterm_is_forgotten_after_it() -> None:
    before = _set_for_the_process()
    with unchanged_process():
        ended = CliRunner().invoke(main, ["ocr", "missing.png"])
        assert ended.exit_code != 0
        assert _set_for_the_process() != before
    assert _set_for_the_process() == before
