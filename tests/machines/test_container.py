"""The image, built by buildah on a clean Debian, serves as its user, with a root that it cannot write."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import pictures
from aws_template import ROOT
from machines.clean_debian import clean_debian, pip_settings, places_of_pip
from needed import needed

#: Runs in the container: serves, sends itself a page, and tells what it may not do.
_INSIDE = """
import os, pathlib, subprocess, sys, time, urllib.request
assert os.getuid() == 10001, os.getuid()
for folder in ("/opt/ocrcore/venv", "/usr", "/etc"):
    assert not os.access(folder, os.W_OK), folder
assert not list(pathlib.Path("/opt/ocrcore/venv").glob("bin/pip*"))
server = subprocess.Popen(["ocrcore", "serve"])
for _ in range(600):
    try:
        urllib.request.urlopen("http://127.0.0.1:8000/health/ready")
        break
    except OSError:
        assert server.poll() is None
        time.sleep(0.2)
head = b"--x\\r\\nContent-Disposition: form-data; name=files; filename=a.png\\r\\n\\r\\n"
body = head + pathlib.Path("/page.png").read_bytes() + b"\\r\\n--x--\\r\\n"
asked = urllib.request.Request("http://127.0.0.1:8000/api/v1/ocr?format=txt&wait=60s", body,
                               {"Content-Type": "multipart/form-data; boundary=x"})
print("read:", urllib.request.urlopen(asked).read().decode())
server.terminate()
sys.exit(server.wait())
"""


class Buildah:
    """The program, with a storage of its own; it needs no daemon, and no registry."""

    def __init__(self, program: str, folder: Path) -> None:
        self._command = [program, f"--root={folder}/storage", f"--runroot={folder}/run"]
        self._environment = {**os.environ, "BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "vfs"}

    def __call__(self, *arguments: str | Path) -> str:
        """Run a command of it; return what it printed. A failure fails the test, with its last lines."""
        ended = subprocess.run(
            [*self._command, *arguments],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout[-4000:]
        return ended.stdout.strip()


@pytest.fixture(scope="module")
def buildah(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buildah]:
    folder = tmp_path_factory.mktemp("buildah")
    yield Buildah(needed("buildah", "buildah"), folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def image(buildah: Buildah, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Build it on a base that is made here."""
    folder = tmp_path_factory.mktemp("image")
    base = buildah("from", "scratch").splitlines()[-1]
    with clean_debian(folder) as debian:
        buildah("add", base, debian.root, "/")
    buildah("commit", base, "docker.io/library/debian:12-slim")
    buildah("rm", base)
    pip = folder / "pip.conf"
    lines = [f"{name.removeprefix('PIP_').lower().replace('_', '-')} = {text}" for name, text in pip_settings().items()]
    pip.write_text("\n".join(["[global]", *lines, ""]))
    handed_in = [f"--volume={place}:{place}:ro" for place in places_of_pip()]
    arguments = ["--pull=never", f"--volume={pip}:/etc/pip.conf:ro", *handed_in, "--tag=ocrcore"]
    buildah("bud", *arguments, f"--file={ROOT}/deploy/Dockerfile", ROOT)
    return "ocrcore"


def test_the_container_reads_a_page(buildah: Buildah, image: str, tmp_path: Path) -> None:
    page = tmp_path / "page.png"
    page.write_bytes(pictures.png("ALPHA"))
    container = buildah("from", "--pull=never", image).splitlines()[-1]
    page.chmod(0o644)
    printed = buildah(
        "run", f"--volume={page}:/page.png:ro", "--cap-drop=ALL", container, "--", "python3", "-c", _INSIDE
    )
    assert "read: ALPHA" in printed


def test_the_image_says_how_it_runs(buildah: Buildah, image: str) -> None:
    configuration = json.loads(buildah("inspect", "--type=image", image))["OCIv1"]["config"]
    assert configuration["User"] == "10001:10001"
    assert configuration["Entrypoint"] == ["ocrcore"]
    assert configuration["StopSignal"] == "SIGTERM"
    environment = dict(one.split("=", 1) for one in configuration["Env"])
    assert {name for name in environment if name.startswith(("PIP", "AWS"))} == set()
