"""A MySQL-compatible server of the tests' own: a temporary folder, a free port, gone afterwards.

It is the machine's MariaDB, or with ``OCRCORE_TEST_MYSQL=FOLDER`` the MySQL that is unpacked there.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pymysql
import sqlalchemy as sa

from needed import needed
from ocrcore.testing.patience import FOREVER
from processes import stands_still

_USER: Final = "--user=" + subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()
#: Nothing here has to outlive the machine, only the process.
_LIGHT: Final = ("--innodb-flush-log-at-trx-commit=2", "--skip-innodb-doublewrite")
_MARIADB_LOG: Final = "--innodb-log-file-size=8M"
_MYSQL: Final = os.environ.get("OCRCORE_TEST_MYSQL", "")
#: How each of the two calls the collation that compares texts to their last blank.
EXACT: Final = "utf8mb4_0900_bin" if _MYSQL else "utf8mb4_nopad_bin"
_PORTS: Final = range(20_000, 30_000)
#: It ends with the tests, even if they are killed.
_MORTAL: Final = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()
#: May do everything in schemas that begin with its name, and nothing to the server.
_ACCOUNT: Final = ("CREATE USER ocr@'%' IDENTIFIED BY 'secret'", "GRANT ALL ON `ocr%`.* TO ocr@'%'")


@dataclass(slots=True)
class MysqlServer:
    """A server that can be killed and started again on the same data."""

    program: Sequence[str]
    folder: Path
    options: Sequence[str] = ()
    port: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def url(self, schema: str, query: str = "", *, host: str = "127.0.0.1", port: int | None = None) -> str:
        """Return the URL of a schema, for an account without special rights."""
        return f"mysql+pymysql://ocr:secret@{host}:{port or self.port}/{schema}{query}"

    def start(self) -> None:
        """Start, and return when it answers."""
        command = [
            *_MORTAL,
            *(*self.program, f"--datadir={self.folder}/data", _own_scratch(self.folder), f"--socket={self.folder}/s"),
            *(f"--port={self.port}", "--bind-address=127.0.0.1", f"--pid-file={self.folder}/pid", "--skip-log-bin"),
            *("--innodb-buffer-pool-size=64M", "--skip-name-resolve", *self.options),
            *("--character-set-server=latin1", "--collation-server=latin1_swedish_ci"),  # nobody may rely on these
        ]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + FOREVER
        while True:
            try:
                with socket.socket(socket.AF_UNIX) as probe:  # the last that it opens
                    probe.connect(f"{self.folder}/s")
            except OSError as error:
                if time.monotonic() > end or self._process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()[-2000:]) from error
                time.sleep(0.02)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, in good order or not."""
        self.signal(how)
        if self._process is not None:
            self._process.wait(FOREVER)

    def crash(self) -> None:
        """End it as a power cut would."""
        self.stop(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to its process group."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, number)

    def stand_still(self) -> None:
        """Stop every thread, until it is told to go on by SIGCONT."""
        self.signal(signal.SIGSTOP)
        while self._process is not None and not stands_still(self._process.pid):
            time.sleep(0.01)

    def execute(self, *statements: str) -> list[tuple[object, ...]]:
        """Execute statements as the administrator; return the rows of the last."""
        connection = pymysql.connect(unix_socket=f"{self.folder}/s", user="root", autocommit=True)
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())


@contextmanager
def mysql_server(folder: Path, *options: str) -> Iterator[MysqlServer]:
    """Yield a running server, or skip where there is none to be had; where everything must be there, fail."""
    program = _mysql(folder) if _MYSQL else _mariadb(folder)
    server = MysqlServer(program, folder, options, _free_port())
    try:
        server.start()
        server.execute(*_ACCOUNT)
        yield server
    finally:
        server.crash()
        shutil.rmtree(folder, ignore_errors=True)


def _mariadb(folder: Path) -> Sequence[str]:
    """Make the data of a new server; return how it is started."""
    program, installer = needed("mariadbd", "mariadb-server"), needed("mariadb-install-db", "mariadb-server")
    common = ("--no-defaults", _USER, *_LIGHT, _MARIADB_LOG)
    data = (
        f"--datadir={folder}/data",
        _own_scratch(folder),
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
    )
    _install([installer, *common, *data])
    return (program, *common)


def _mysql(folder: Path) -> Sequence[str]:
    """Do the same with the libraries that the unpacked server brought along."""
    root = Path(_MYSQL).resolve()
    libraries = root / "usr/lib/x86_64-linux-gnu"
    program = (
        *(f"{libraries}/ld-linux-x86-64.so.2", "--library-path", f"{libraries}:{root}/usr/lib/mysql/private"),
        *(f"{root}/usr/sbin/mysqld", "--no-defaults", _USER, f"--basedir={root}/usr", *_LIGHT, "--secure-file-priv="),
        *(f"--lc-messages-dir={root}/usr/share/mysql", f"--character-sets-dir={root}/usr/share/mysql/charsets"),
        *(f"--plugin-dir={root}/usr/lib/mysql/plugin", "--innodb-redo-log-capacity=32M"),
    )
    _install([*program, f"--datadir={folder}/data", _own_scratch(folder), "--initialize-insecure"])
    return (*program, "--mysqlx=OFF", "--performance-schema=OFF", "--tls-version=")


def _own_scratch(folder: Path) -> str:
    """Give the server a temporary folder of its own: one that starts removes the temporary tables of all in its own."""
    (folder / "scratch").mkdir(parents=True, exist_ok=True)
    return f"--tmpdir={folder}/scratch"


def _install(command: Sequence[str]) -> None:
    """Make the first data of a server. Raises ``RuntimeError`` with what it printed."""
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:])


def create_schema(server: MysqlServer, schema: str) -> str:
    """Create an empty schema; return its URL."""
    server.execute(f"CREATE DATABASE `{schema}`")
    return server.url(schema)


def empty(engine: sa.Engine, tables: Sequence[sa.Table]) -> None:
    """Delete every row."""
    with engine.begin() as connection:
        for table in tables:
            connection.execute(sa.delete(table))


def _free_port() -> int:
    """Return a port that is free, below those that outgoing connections take: it has to be free after a restart too."""
    while True:
        port = _PORTS[secrets.randbelow(len(_PORTS))]
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
