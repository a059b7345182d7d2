"""A real nginx before a service, with the configuration of ``deploy/nginx``."""

import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from needed import needed
from ocrcore.testing.patience import FOREVER, eventually

EXAMPLE: Final = Path(__file__).parents[1] / "deploy/nginx/ocrcore.conf"
#: Directives around it: one process, everything in one folder.
_AROUND: Final = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log info;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies; proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/ocrcore.conf;
}}
"""
_MORTAL: Final = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()


@dataclass(frozen=True)
class Nginx:
    """A running server; its port on the loopback address, its folder."""

    port: int
    folder: Path

    @property
    def log(self) -> str:
        """What it complained about."""
        return (self.folder / "error.log").read_text()

    @property
    def kept(self) -> list[Path]:
        """Files with bodies of requests and answers."""
        return [path for name in ("bodies", "answers") for path in (self.folder / name).rglob("*") if path.is_file()]


@contextmanager
def nginx(folder: Path, to: int, certificate: Path, **changes: str) -> Iterator[Nginx]:
    """Yield a server before the service on port ``to``. Skip without the program; fail where it must be there.

    ``changes`` are further replacements in the example: a word of it -> another.
    """
    program = needed("nginx", "nginx")
    port = _free_port()
    changed = {
        "127.0.0.1:8000;": f"127.0.0.1:{to};",
        "listen 443 ": f"listen 127.0.0.1:{port} ",
        "/etc/ssl/ocr.example.org.pem": str(certificate),
        "/etc/ssl/ocr.example.org.key": str(certificate.with_suffix(".key")),
        **changes,
    }
    folder.mkdir(exist_ok=True)
    (folder / "ocrcore.conf").write_text(_replaced(EXAMPLE.read_text(), changed))
    (folder / "nginx.conf").write_text(_AROUND.format(folder=folder))
    process = subprocess.Popen([*_MORTAL, program, "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"])
    try:
        assert eventually(lambda: _answers(port)), (folder / "error.log").read_text()
        yield Nginx(port, folder)
    finally:
        process.terminate()
        process.wait(FOREVER)


def _replaced(text: str, changes: Mapping[str, str]) -> str:
    for word, other in changes.items():
        assert word in text, word
        text = text.replace(word, other)
    return text


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
