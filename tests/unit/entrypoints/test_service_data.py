"""Backup and restore find the data, and check the server of the database, as the service does."""

import errno
import os
import resource
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

import service_data
from adapters.sql.tables import METADATA
from entrypoints.backends import data_folder
from entrypoints.backends.databases import secured_url
from entrypoints.settings import read_settings

REMOTE = "mysql+pymysql://ocr:x@db.example.org/ocr"
URLS = [
    REMOTE,
    f"{REMOTE}?ssl_ca=/a.pem",
    f"{REMOTE}?ssl_ca=/a.pem&ssl_cert=/b.pem&ssl_key=/c.pem&ssl_verify_identity=false",
    f"{REMOTE}?ssl_verify_identity=true",
    f"{REMOTE}?unix_socket=/run/s",
    "mariadb+pymysql://ocr:x@db.example.org/ocr",
    *(f"mysql://ocr:x@{host}/ocr" for host in ("localhost", "127.0.0.1", "[::1]", "192.0.2.1", "[2001:db8::1]", "")),
]
#: What migrations make and use alone.
NOT_OF_THE_MODEL = {"alembic_version"}
TLS = [
    {},
    {"OCR_BACKEND": "aws"},
    {"OCR_BACKEND": "aws", "OCR_DATABASE_TLS": "best"},
    {"OCR_DATABASE_TLS": "require"},
    {"OCR_DATABASE_CA": "/own.pem"},
]


def _set(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, text in variables.items():
        monkeypatch.setenv(name, text)


@pytest.mark.parametrize(
    ("variables", "elsewhere"),
    [
        ({}, []),
        ({"OCR_BACKEND": "aws"}, ["audit", "queue_groups", "queue_messages"]),
        ({"OCR_BACKEND": "aws", "OCR_QUEUE": "sql", "OCR_AUDIT": "sql"}, []),
        ({"OCR_QUEUE": "sqs"}, ["queue_groups", "queue_messages"]),
        ({"OCR_AUDIT": "dynamodb"}, ["audit"]),
    ],
    ids=str,
)
def test_a_backup_has_the_tables_that_the_service_uses(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], elsewhere: list[str]
) -> None:
    _set(monkeypatch, variables)
    assert service_data.tables() == {*METADATA.tables, *NOT_OF_THE_MODEL} - set(elsewhere)


@pytest.mark.parametrize("variables", TLS, ids=str)
@pytest.mark.parametrize("url", URLS)
def test_a_server_proves_to_a_backup_what_it_proves_to_the_service(
    monkeypatch: pytest.MonkeyPatch, url: str, variables: dict[str, str]
) -> None:
    if "ssl_ca" in url and "OCR_DATABASE_CA" in variables:
        return  # the service refuses that
    _set(monkeypatch, variables)
    asked = sa.make_url(secured_url(read_settings({**variables, "OCR_DATABASE_URL": url}))).query
    by_name = asked.get("ssl_verify_identity", "true") == "true"
    if not by_name:
        with pytest.raises(SystemExit, match="the programs of MariaDB take a server without TLS too"):
            service_data.tls_options(urlsplit(url), is_mariadb=True)
    for is_mariadb in (False, True) if by_name else (False,):
        options = service_data.tls_options(urlsplit(url), is_mariadb=is_mariadb)
        assert bool(options) == any(name.startswith("ssl_") for name in asked)
        for part in ("ca", "cert", "key"):
            assert options.get(f"ssl-{part}") == asked.get(f"ssl_{part}") or part == "ca"
        if "ssl_ca" in asked:
            assert options["ssl-ca"] == asked["ssl_ca"]
        elif options:
            assert Path(options.get("ssl-ca") or options["ssl-capath"]).exists()
        verdict = options.get("ssl-verify-server-cert" if is_mariadb else "ssl-mode")
        checked = "1" if is_mariadb else "VERIFY_IDENTITY" if by_name else "VERIFY_CA"
        assert verdict == (checked if options else None)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OCR_DOCUMENTS_DIR": "/srv/documents"},
        {"OCR_DOCUMENTS": "s3"},
        {"OCR_BACKEND": "aws"},
        {"OCR_BACKEND": "aws", "OCR_DOCUMENTS": "folder"},
        {"OCR_BACKEND": "", "OCR_DOCUMENTS": "", "OCR_DOCUMENTS_DIR": ""},
    ],
    ids=str,
)
def test_documents_are_where_the_service_has_them(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    _set(monkeypatch, variables)
    settings = read_settings({**variables, "OCR_DATA_DIR": "/data"})
    part = settings.parts["documents"]
    wanted = data_folder.documents_folder(settings) if part == "folder" else None
    assert service_data.documents_part() == part
    assert service_data.documents_folder(Path("/data")) == wanted
    assert data_folder.database_file(settings) == Path("/data") / service_data.SQLITE


def test_a_file_that_the_disk_has_no_room_for_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between file systems nothing but writing copies, and a raw file may take a part of what it is given."""

    def other_file_system(*_: object) -> int:
        raise OSError(errno.EXDEV, "")

    monkeypatch.setattr(os, "copy_file_range", other_file_system)
    (tmp_path / "whole").write_bytes(bytes(30_000))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            service_data.copy_file(tmp_path / "whole", tmp_path / "copy")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
