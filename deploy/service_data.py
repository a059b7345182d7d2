"""The data of a service, as ``backup`` and ``restore`` see it: where it is by the settings, and how it is copied.

The settings are in the environment, as the service's own are. These programs need Python alone, so the few rules that
they share with the service are written here again, and a test compares the two.
"""

import ipaddress
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import NoReturn
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

#: The files that hold SQLite's database while it is open are called after it.
SQLITE = "ocr.sqlite3"
SQLITE_FILES = frozenset({SQLITE, *(f"{SQLITE}-{kind}" for kind in ("journal", "shm", "wal"))})
DUMP = "ocr.sql"
DOCUMENTS = "documents"
#: The tables that every database has, those of the queue, and those of the audit log.
_TABLES = frozenset(
    {
        *("alembic_version", "api_keys", "audit_outbox", "closed_sessions", "corrections", "deleted_jobs", "job_items"),
        *("jobs", "key_entries", "outbox", "rate_windows", "rejected_messages", "schema_compatibility"),
        *("search_pages", "search_terms", "secrets", "webhook_deliveries", "webhooks", "workers"),
    }
)
_OF_THE_QUEUE = frozenset({"queue_groups", "queue_messages"})
_OF_THE_AUDIT_LOG = frozenset({"audit"})
#: The folder that marks a folder as a store of documents: one of a disk that is not mounted has none.
INCOMING = ".incoming"
#: What a file is copied in, in bytes, where the kernel copies it.
_CHUNK = 1 << 30


def fail(why: str) -> NoReturn:
    """End with one line."""
    sys.exit(why)


def setting(name: str) -> str:
    """Return a setting; if it is not set or empty, an empty text."""
    return os.environ.get(name, "")


def on_server() -> bool:
    """Return whether the database is on a server of MySQL or MariaDB, not in the data folder."""
    url = setting("OCR_DATABASE_URL")
    if url and not url.startswith(("mysql", "mariadb")):
        fail("OCR_DATABASE_URL names a database that is neither MySQL nor MariaDB; it has to be copied another way.")
    return bool(url)


def documents_part() -> str:
    """Return the name of the part that keeps the documents: ``folder``, ``s3``, or one of an extension."""
    return setting("OCR_DOCUMENTS") or ("s3" if setting("OCR_BACKEND") == "aws" else "folder")


def tables() -> frozenset[str]:
    """Return the names of the tables that the service uses on its database server."""
    used, is_aws = _TABLES, setting("OCR_BACKEND") == "aws"
    if (setting("OCR_QUEUE") or ("sqs" if is_aws else "sql")) == "sql":
        used |= _OF_THE_QUEUE
    if (setting("OCR_AUDIT") or ("dynamodb" if is_aws else "sql")) == "sql":
        used |= _OF_THE_AUDIT_LOG
    return used


def documents_folder(data: Path) -> Path | None:
    """Return the folder of documents, or None if they are not kept in one."""
    if documents_part() != "folder":
        return None
    return Path(setting("OCR_DOCUMENTS_DIR") or data / DOCUMENTS)


def copy_all(source: Path, target: Path, *, but: AbstractSet[str] = frozenset(), may_go: bool = False) -> None:
    """Copy the files that a folder has, and the folders that they are in, but for some names; no links: none is data.

    With ``may_go``, what is deleted meanwhile is left out. Every other error is raised.
    """
    gone = suppress(FileNotFoundError) if may_go else nullcontext()
    with gone, os.scandir(source) as entries:
        for entry in entries:
            if entry.name in but:
                continue
            if entry.is_dir(follow_symlinks=False):
                copy_all(Path(entry), target / entry.name, may_go=may_go)
            elif entry.is_file(follow_symlinks=False):
                copy_file(Path(entry), target / entry.name, may_go=may_go)


def copy_file(source: Path, target: Path, *, may_go: bool = False) -> None:
    """Copy a file to a place where there is none; its blocks are shared, where the file system can."""
    try:
        file = source.open("rb", buffering=0)
    except FileNotFoundError:
        if may_go:
            return
        raise
    with file:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as copy:  # buffered: a raw file may take a part of what is written to it
            with suppress(OSError):  # between these file systems the kernel cannot; a real error comes again below
                while os.copy_file_range(file.fileno(), copy.fileno(), _CHUNK):
                    pass
            shutil.copyfileobj(file, copy)  # the rest: nothing, if the kernel could


def sync(folder: Path) -> None:
    """Return when everything is on the disk of the folder."""
    subprocess.run(["sync", "-f", folder], check=True)  # noqa: S607 - of the system


@contextmanager
def mysql(*programs: str) -> Iterator[tuple[list[str], str]]:
    """Yield the beginning of a command of the first of these programs that is installed, and the name of the schema.

    The options are in a file of this user: everybody on the machine can read the arguments of a command, and the
    password is none of them.
    """
    program = next((path for name in programs if (path := shutil.which(name)) is not None), None)
    if program is None:
        fail(f"There is no {' and no '.join(programs)} (Debian: apt-get install mariadb-client).")
    url = urlsplit(setting("OCR_DATABASE_URL"))
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    is_mariadb = "MariaDB" in version
    options = {**_address(url), **tls_options(url, is_mariadb=is_mariadb)}
    # A dump that sets the ids of a server's transactions is restored by administrators only.
    of_dump = "" if is_mariadb else "[mysqldump]\nset-gtid-purged=OFF\n"
    with tempfile.NamedTemporaryFile("w", suffix=".cnf") as file:
        file.write("[client]\n" + "".join(f"{name}={_quoted(text)}\n" for name, text in options.items()) + of_dump)
        file.flush()
        yield [program, f"--defaults-file={file.name}"], unquote(url.path.lstrip("/"))


def _address(url: SplitResult) -> dict[str, str]:
    login = {"user": unquote(url.username or ""), "password": unquote(url.password or "")}
    socket = dict(parse_qsl(url.query)).get("unix_socket")
    if socket is not None:
        return {"socket": socket, "protocol": "socket", **login}
    return {"host": url.hostname or "127.0.0.1", "port": str(url.port or 3306), "protocol": "tcp", **login}


def tls_options(url: SplitResult, *, is_mariadb: bool) -> dict[str, str]:
    """Return the options with which the server must prove who it is, where the service asks for that.

    They have other names in the programs of MySQL than in those of MariaDB, which have none for a server that may have
    another name than its certificate: that is refused.
    """
    asked = {name: text for name, text in parse_qsl(url.query) if name.startswith("ssl_")}
    options = {f"ssl-{part}": asked[f"ssl_{part}"] for part in ("ca", "cert", "key") if f"ssl_{part}" in asked}
    if authority := setting("OCR_DATABASE_CA"):
        options["ssl-ca"] = authority
    if not (options or asked or (_requires_tls() and _is_remote(url))):
        return {}
    if "ssl-ca" not in options:  # the service trusts whom the system trusts, and these programs nobody by themselves
        trusted = ssl.get_default_verify_paths()
        options |= {"ssl-ca": trusted.cafile} if trusted.cafile else {"ssl-capath": trusted.capath or "/etc/ssl/certs"}
    by_name = asked.get("ssl_verify_identity", "true").lower() not in {"false", "0"}
    if not is_mariadb:
        return options | {"ssl-mode": "VERIFY_IDENTITY" if by_name else "VERIFY_CA"}
    if not by_name:
        fail(
            "With ssl_verify_identity=false in OCR_DATABASE_URL, the programs of MariaDB take a server without TLS too;"
            " name the server as its certificate does, or install those of MySQL in their place."
        )
    return options | {"ssl-verify-server-cert": "1"}


def _requires_tls() -> bool:
    tls = setting("OCR_DATABASE_TLS")
    return tls == "require" or (not tls and setting("OCR_BACKEND") == "aws")


def _is_remote(url: SplitResult) -> bool:
    host = url.hostname or "localhost"
    if host == "localhost" or "unix_socket" in dict(parse_qsl(url.query)):
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def run_in_one_line(main: Callable[[], None]) -> None:
    """Run a program whose failures are one line each. What it makes is this user's alone."""
    os.umask(0o077)
    try:
        main()
    except subprocess.CalledProcessError as error:  # the program has said why
        fail(f"{Path(error.cmd[0]).name} failed.")
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}.")
