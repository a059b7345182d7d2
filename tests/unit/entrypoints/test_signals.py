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
HOLDING = """
import signal, threading
from entrypoints.signals import on_stop_signals

stopping = threading.Event()
on_stop_signals(stopping.set)
with stopping._cond:
    signal.raise_signal(signal.SIGTERM)
stopping.wait()
print("stopped")
"""

#: A program whose stop signal the kernel gives to another thread than the main thread, which waits without a limit.
ELSEWHERE = """
import signal, threading, time
from entrypoints.signals import on_stop_signals

def tell_this_thread():
    time.sleep(0.5)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

stopping = threading.Event()
on_stop_signals(stopping.set)
threading.Thread(target=tell_this_thread).start()
stopping.wait()
print("stopped")
"""


#: A program that gets SIGTERM where the thread that hears it sees another handler than the one that it came for.
BETWEEN = """
import os, signal, threading, time
from entrypoints import signals

signals._AGAIN = 0.5
signals.end_on_sigterm()
stopping = threading.Event()
signal.signal(signal.SIGTERM, signals._heard)
signal.raise_signal(signal.SIGTERM)
time.sleep(0.1)
signals.on_stop_signals(stopping.set)
stopping.wait()
print("stopped")
"""


@pytest.mark.parametrize("program", [HOLDING, ELSEWHERE, BETWEEN])
def test_a_stop_signal_is_heard_wherever_the_main_thread_is(program: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=FOREVER, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "stopped\n"), ended.stderr


#: A program that blocks in its main thread when another thread gets SIGTERM.
BLOCKED = """
import signal, sys, threading, time
from entrypoints.signals import end_on_sigterm

def tell_this_thread():
    time.sleep(0.5)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    time.sleep(600)

end_on_sigterm()
threading.Thread(target=tell_this_thread, daemon=True).start()
try:
    sys.stdin.read()
finally:
    print("cleaned up")
"""


def test_a_signal_that_another_thread_gets_ends_what_blocks() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BLOCKED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.wait(FOREVER) == 143
        assert running.stdout is not None
        assert running.stdout.read() == "cleaned up\n"
