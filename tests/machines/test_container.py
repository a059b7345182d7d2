"""The images, built by buildah on a clean Debian and run by crun as the documents run them.

Each has a root that nobody can write, a network of its own, no capability, and no way to more rights.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import pictures
from aws_template import ROOT
from documented import SHELF
from machines.clean_debian import clean_debian, pip_settings, places_of_pip
from needed import needed
from ocrcore.testing.patience import FOREVER, eventually

#: Sends a page to the service in its container, with the key that is its argument, and prints the text.
_SEND = """
import pathlib, sys, urllib.request
head = b"--x\\r\\nContent-Disposition: form-data; name=files; filename=a.png\\r\\n\\r\\n"
body = head + pathlib.Path("/tmp/page.png").read_bytes() + b"\\r\\n--x--\\r\\n"
headers = {"Content-Type": "multipart/form-data; boundary=x", "Authorization": "Bearer " + sys.argv[1]}
asked = urllib.request.Request("http://127.0.0.1:8000/api/v1/ocr?format=txt&wait=60s", body, headers)
print("read:", urllib.request.urlopen(asked).read().decode())
"""
#: Prints the places that can be written.
_WRITE = """
import pathlib, sys
for place in sys.argv[1:]:
    try:
        (pathlib.Path(place) / "new").write_text("")
    except OSError:
        continue
    print(place)
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
    program = Buildah(needed("buildah", "buildah"), folder)
    yield program
    program("rm", "--all")  # and unmounts them
    subprocess.run(["umount", folder / "storage" / "overlay"], stderr=subprocess.DEVNULL, check=False)
    shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Image:
    """An image: how it says that it is run, its files, and how many bytes they are."""

    configuration: Mapping[str, Any]
    root: Path
    size: int

    @property
    def health(self) -> Sequence[str]:
        """The command of its health check."""
        kind, *command = map(str, self.configuration["Healthcheck"]["Test"])
        assert kind == "CMD"
        return command


@pytest.fixture(scope="module")
def base(buildah: Buildah, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Make the image that both begin with."""
    made = buildah("from", "scratch").splitlines()[-1]
    with clean_debian(tmp_path_factory.mktemp("base")) as debian:
        buildah("add", made, debian.root, "/")
    buildah("commit", made, "docker.io/library/debian:12-slim")
    buildah("rm", made)
    return "docker.io/library/debian:12-slim"


def _built(buildah: Buildah, folder: Path, engines: str) -> Image:
    """Build one. Docker's format is the one that has health checks."""
    pip = folder / "pip.conf"
    lines = [f"{name.removeprefix('PIP_').lower().replace('_', '-')} = {text}" for name, text in pip_settings().items()]
    pip.write_text("\n".join(["[global]", *lines, ""]))
    handed_in = [f"--volume={place}:{place}:ro" for place in places_of_pip()]
    arguments = ["--pull=never", "--format=docker", f"--volume={pip}:/etc/pip.conf:ro", *handed_in]
    tag = f"ocrcore-{engines}"
    chosen = [f"--build-arg=ENGINES={engines}", f"--tag={tag}"]
    buildah("bud", *arguments, *chosen, f"--file={ROOT}/deploy/Dockerfile", ROOT)
    container = buildah("from", "--pull=never", tag).splitlines()[-1]
    root = Path(buildah("mount", container).splitlines()[-1])
    size = sum(path.lstat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return Image(json.loads(buildah("inspect", "--type=image", tag))["Docker"]["config"], root, size)


@pytest.fixture(scope="module")
def whole(buildah: Buildah, base: str, tmp_path_factory: pytest.TempPathFactory) -> Image:
    assert base
    return _built(buildah, tmp_path_factory.mktemp("whole"), "all")


@pytest.fixture(scope="module")
def slim(buildah: Buildah, base: str, tmp_path_factory: pytest.TempPathFactory) -> Image:
    assert base
    return _built(buildah, tmp_path_factory.mktemp("slim"), "tesseract")


class Container:
    """A container that runs, and its program."""

    def __init__(self, image: Image, name: str, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self._image, self._name, self._folder, self._process = image, name, folder, process

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a further command in it, as its user."""
        user = f"--user={self._image.configuration['User']}"
        return subprocess.run(
            _crun(self._folder, "exec", user, self._name, *command), capture_output=True, text=True, check=False
        )

    def stop(self) -> int:
        """Stop it as the image says; return its exit status."""
        subprocess.run(_crun(self._folder, "kill", self._name, "TERM"), check=True)
        return self._process.wait(FOREVER)


def _crun(folder: Path, *arguments: str) -> list[str]:
    """Return a command that runs crun, which wants the newer kind of control groups, and uses none here."""
    crun = [needed("crun", "crun"), f"--root={folder}/state", "--cgroup-manager=disabled", *arguments]
    return ["unshare", "--mount", "sh", "-c", 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"', "sh", *crun]


def _bundle(image: Image, arguments: Sequence[str], data: Path, page: Path, settings: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
    configured = image.configuration
    user, group = map(int, configured["User"].split(":"))
    apart = ["nosuid", "noexec", "nodev"]
    return {
        "ociVersion": "1.0.2",
        "root": {"path": str(image.root), "readonly": True},
        "process": {
            "user": {"uid": user, "gid": group},
            "args": [*configured["Entrypoint"], *(arguments or configured["Cmd"])],
            "env": [*configured["Env"], *(f"{name}={value}" for name, value in settings.items())],
            "cwd": configured["WorkingDir"],
            "noNewPrivileges": True,
        },
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": [*apart, "ro"]},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": [*apart, "mode=1777"]},  # noqa: S108 - of the container
            {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["mode=1777"]},  # noqa: S108 - of the container
            {"destination": "/tmp/page.png", "type": "bind", "source": str(page), "options": ["bind", "ro"]},  # noqa: S108 - of the container
            {"destination": "/data", "type": "bind", "source": str(data), "options": ["bind"]},
        ],
        "linux": {"namespaces": [{"type": kind} for kind in ("pid", "mount", "network", "ipc", "uts")]},
    }


@contextmanager
def _running(image: Image, folder: Path, *arguments: str, **settings: str) -> Iterator[Container]:
    """Run the image until the block ends, with its own command if none is given."""
    data, page = folder / "data", folder / "page.png"
    data.mkdir(mode=0o700)
    os.chown(data, *map(int, image.configuration["User"].split(":")))
    page.write_bytes(pictures.png("ALPHA"))
    page.chmod(0o644)
    (folder / "config.json").write_text(json.dumps(_bundle(image, arguments, data, page, settings)))
    command = _crun(folder, "run", f"--bundle={folder}", folder.name)
    with subprocess.Popen(command) as process:
        try:
            yield Container(image, folder.name, folder, process)
        finally:
            subprocess.run(
                _crun(folder, "delete", "--force", folder.name), check=False, stderr=subprocess.DEVNULL
            )  # where a test failed
            process.wait(FOREVER)


@pytest.mark.parametrize("engines", ["whole", "slim"])
def test_the_container_reads_a_page_and_is_healthy(
    engines: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    image: Image = request.getfixturevalue(engines)
    with _running(image, tmp_path, OCR_AUTH="keys") as container:
        assert eventually(lambda: container.run(*image.health).returncode == 0)
        key = container.run("ocrcore", "keys", "create", "ana")
        assert (key.returncode, key.stderr) == (0, "")
        read = container.run("python3", "-c", _SEND, key.stdout.strip())
        assert "read: ALPHA" in read.stdout, read.stderr
        assert ("\nppocr: not here\n" in container.run("ocrcore", "engines").stdout) is (engines == "slim")
        places = ["/", "/opt/ocrcore/venv", "/usr", "/etc", "/data", "/tmp"]  # noqa: S108 - of the container
        assert container.run("python3", "-c", _WRITE, *places).stdout.split() == places[-2:]
        assert container.run("id", "-u").stdout == "10001\n"
        assert container.stop() == 0


def test_a_worker_is_healthy_by_the_same_check_while_its_loops_move(slim: Image, tmp_path: Path) -> None:
    with _running(slim, tmp_path, "worker") as container:
        assert eventually(lambda: container.run(*slim.health).returncode == 0)
        assert container.stop() == 0


def test_what_answers_no_health_check_is_not_healthy(slim: Image, tmp_path: Path) -> None:
    with _running(slim, tmp_path, "worker", OCR_WORKER_HEALTH="127.0.0.1:9100") as container:
        assert eventually(lambda: container.run(*slim.health).returncode == 0)
        moved = container.run("env", "OCR_WORKER_HEALTH=127.0.0.1:9101", *slim.health)
        assert (moved.returncode, moved.stderr) == (1, "")
        assert container.stop() == 0


def test_a_slim_image_is_as_small_as_the_document_says(slim: Image, whole: Image) -> None:
    told = re.findall(r"([\d.]+) GB of files", (ROOT / SHELF).read_text())
    assert [pytest.approx(float(size) * 1e9, rel=0.1) for size in told] == [whole.size, slim.size]
    assert not list(slim.root.glob("opt/ocrcore/venv/bin/pip*"))
    assert not list(slim.root.glob("opt/ocrcore/venv/lib/python*/site-packages/onnx*"))


@pytest.mark.parametrize("engines", ["whole", "slim"])
def test_the_image_says_how_it_runs(engines: str, request: pytest.FixtureRequest) -> None:
    configuration = request.getfixturevalue(engines).configuration
    assert configuration["User"] == "10001:10001"
    assert configuration["Entrypoint"] == ["ocrcore"]
    assert configuration["StopSignal"] == "SIGTERM"
    environment = dict(one.split("=", 1) for one in configuration["Env"])
    assert {name for name in environment if name.startswith(("PIP", "AWS", "ENGINES"))} == set()
