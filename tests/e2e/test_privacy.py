"""Other users of the machine, and processes of this one's own user, see nothing of the service's."""

import os
import subprocess
import sys
from pathlib import Path

import httpx

from adapters.engines.wall.capabilities import drop_capabilities
from e2e.house import PROGRAM, House, finished, submit
from ocrcore.testing.patience import FOREVER

#: Of the libraries that decode pictures and PDFs.
IMAGE_LIBRARIES = {"PIL", "libjpeg", "libtiff", "libwebp", "pikepdf", "pypdfium2", "libheif", "tesserocr"}


#: Runs ocrcore without what root may do besides: the kernel would keep others out for that alone.
POWERLESS = f"""#!{sys.executable}
import os, sys
from adapters.engines.wall.capabilities import drop_capabilities
assert drop_capabilities()
os.execv("{PROGRAM}", ["{PROGRAM}", *sys.argv[1:]])
"""
#: Reads a process's environment as one of its own user, without what root may do besides.
READS = """
import sys
from adapters.engines.wall.capabilities import drop_capabilities
assert drop_capabilities()
open(f"/proc/{sys.argv[1]}/environ").read()
"""


def is_closed(process: int) -> bool:
    """Tell whether the kernel keeps a process's environment, and with it its memory, from others of its user."""
    ended = subprocess.run([sys.executable, "-c", READS, str(process)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0 or "PermissionError" in ended.stderr
    return ended.returncode != 0


def test_nothing_of_a_service_is_seen_by_others_and_no_picture_is_opened_in_it(house: House) -> None:
    program = house.root / "ocrcore"
    program.write_text(POWERLESS)
    program.chmod(0o755)
    before = os.umask(0o022)
    try:
        house.data.mkdir()
        assert house.run("init").returncode == 0
        service = house.serve("--slots", "0", program=str(program))
        worker = house.start("worker", "--slots", "1", program=str(program))
    finally:
        os.umask(before)
    job = submit(service.url, "HELLO")
    assert finished(service.url, job["id"])["status"] == "DONE"
    item = httpx.get(f"{service.url}/api/v1/jobs/{job['id']}/items").json()["items"][0]
    for path in (f"/items/{item['id']}/image", f"/jobs/{job['id']}/result", f"/jobs/{job['id']}/result?format=pdf"):
        assert httpx.get(f"{service.url}/api/v1{path}", timeout=FOREVER).status_code == 200
    loaded = Path(f"/proc/{service.process.pid}/maps").read_text()
    assert {library for library in IMAGE_LIBRARIES if library in loaded} == set()
    assert is_closed(service.process.pid)
    assert is_closed(worker.process.pid)
    with subprocess.Popen(["sleep", "1000"], preexec_fn=drop_capabilities) as other:  # noqa: PLW1509 - safe between fork and exec
        assert not is_closed(other.pid)
        other.kill()
    assert house.data.stat().st_mode & 0o777 == 0o755  # it was there before
    assert {path.stat().st_mode & 0o077 for path in house.data.rglob("*")} == {0}
