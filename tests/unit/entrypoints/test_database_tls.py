"""When a database must prove by TLS who it is, before anything connects."""

from pathlib import Path

import pytest

from adapters.sql.dialects.mysql_tls import unverified_host, with_verified_tls
from entrypoints.backends.databases import open_database, secured_url, unverified
from entrypoints.settings import Settings, SettingsError, read_settings
from ocrcore import FindingKind

SCHEMES = ("mysql", "mysql+pymysql", "mariadb", "mariadb+pymysql")
REMOTE = "mysql+pymysql://ocr:p%40ss@db.example.org:3307/ocr"
HERE = ["mysql://ocr:x@localhost/ocr", "mysql://ocr:x@127.0.0.1/ocr", "mysql://ocr:x@[::1]/ocr", "mysql://ocr:x@/ocr"]
SOCKET = "mysql+pymysql://ocr:x@db.example.org/ocr?unix_socket=/run/s"


def of(backend: str = "aws", **variables: str) -> Settings:
    return read_settings({"OCR_BACKEND": backend, "OCR_DATABASE_URL": REMOTE, **variables})


def test_on_aws_a_server_on_another_machine_is_verified_by_default() -> None:
    assert secured_url(of()) == f"{REMOTE}?ssl_verify_identity=true"
    assert secured_url(of(OCR_DATABASE_TLS="best")) == REMOTE
    assert secured_url(of("local")) == REMOTE
    assert secured_url(of("local", OCR_DATABASE_TLS="require")) == f"{REMOTE}?ssl_verify_identity=true"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_whatever_the_scheme_calls_the_server(scheme: str) -> None:
    remote = f"{scheme}://ocr:x@db.example.org/ocr"
    required = secured_url(of(OCR_DATABASE_URL=remote))
    assert required == f"{remote}?ssl_verify_identity=true"
    assert "ssl_ca=" in secured_url(of("local", OCR_DATABASE_URL=remote, OCR_DATABASE_CA="/etc/ssl/rds.pem"))
    assert [finding.seen for finding in unverified(remote)] == ["at db.example.org"]
    assert unverified(required) == ()


@pytest.mark.parametrize("url", [*HERE, SOCKET, "sqlite:////tmp/x"])
def test_a_server_on_this_machine_need_not_be(url: str) -> None:
    assert "ssl_" not in secured_url(of(OCR_DATABASE_URL=url))
    assert unverified(url) == ()


@pytest.mark.parametrize("query", ["ssl_ca=/x.pem", "ssl_verify_identity=false", "ssl_ca=/x&ssl_verify_identity=false"])
def test_what_the_url_says_of_tls_counts(query: str) -> None:
    assert with_verified_tls(f"{REMOTE}?{query}", required=True, authority="") == f"{REMOTE}?{query}"


@pytest.mark.parametrize("url", [REMOTE, *HERE[:3], SOCKET])
def test_who_names_an_authority_has_every_server_verified(url: str) -> None:
    for required in (False, True):
        secured = with_verified_tls(url, required=required, authority="/etc/ssl/rds.pem")
        assert "ssl_ca=" in secured
        assert unverified_host(secured) is None


def test_two_files_of_authorities_are_refused() -> None:
    settings = of(OCR_DATABASE_URL=f"{REMOTE}?ssl_ca=/a.pem", OCR_DATABASE_CA="/b.pem")
    with pytest.raises(SettingsError, match="OCR_DATABASE_URL cannot be used: it names ssl_ca, and so does") as refused:
        secured_url(settings)
    assert "p@ss" not in str(refused.value)
    assert "p%40ss" not in str(refused.value)


def test_a_file_without_an_authority_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    for name, why in (("missing.pem", "No such file"), ("empty.pem", "there is no certificate in it")):
        settings = of(OCR_DATABASE_CA=str(tmp_path / name))
        with pytest.raises(SettingsError, match=f"OCR_DATABASE_CA names: {why}"):
            open_database(secured_url(settings), shared=True)


@pytest.mark.parametrize("query", ["", "?ssl_verify_identity=false", "?ssl_verify_identity=0&ssl_ca=/x"])
def test_the_doctor_tells_of_a_server_that_is_not_verified(query: str) -> None:
    (finding,) = unverified(f"{REMOTE}{query}")
    assert (finding.kind, finding.seen) == (FindingKind.UNVERIFIED_DATABASE, "at db.example.org")
    assert unverified(f"{REMOTE}?ssl_verify_identity=true") == unverified(f"{REMOTE}?ssl_ca=/x") == ()


def test_other_words_for_tls_are_refused() -> None:
    with pytest.raises(SettingsError, match="OCR_DATABASE_TLS must be one of require, best"):
        of(OCR_DATABASE_TLS="on")
