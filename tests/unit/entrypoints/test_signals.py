"""Stop signals that come at an awkward moment."""

import signal
import subprocess
import sys

import pytest

from ocrcore.testing.patience import FOREVER

#: A program that gets a signal while Python calls back, where exceptions are lost.
PROGRAM = """
import signal, sys, time, weakref
from entrypoints.signals import end_on_sigterm

class Left:
    pass

class Deleted:
    def __del__(self):
        signal.raise_signal(int(sys.argv[1]))

end_on_sigterm()
left = Left() if sys.argv[2] == "callback" else Deleted()
callback = weakref.ref(left, lambda _: signal.raise_signal(int(sys.argv[1]))) if sys.argv[2] == "callback" else None
try:
    del left
    time.sleep(600)
finally:
    print("cleaned up")
"""


@pytest.mark.parametrize("moment", ["callback", "destructor"])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, -2)])
def test_a_signal_whose_exception_is_lost_ends_the_process_all_the_same(
    number: signal.Signals, status: int, moment: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(int(number)), moment],
        capture_output=True,
        text=True,
        timeout=FOREVER,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (status, "cleaned up\n")
    assert "Exception ignored" not in ended.stderr


#: A program that gets a stop signal while its main thread holds the lock of what it waits for.
WAITING = """
import signal, threading
from entrypoints.signals import on_stop_signals

stopping = threading.Event()
on_stop_signals(stopping.set)
with stopping._cond:
    signal.raise_signal(signal.SIGTERM)
stopping.wait()
print("stopped")
"""


def test_a_stop_signal_is_heard_wherever_the_main_thread_is() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WAITING], capture_output=True, text=True, timeout=FOREVER, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "stopped\n"), ended.stderr
