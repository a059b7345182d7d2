import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.dialects.mysql_connection import split_tls
from certificates import Authority
from certificates import authority as authority_in
from entrypoints.backends.databases import open_database, secured_url, unverified
from entrypoints.settings import Settings
from integration.mysql.overheard import overheard
from mysql_server import MysqlServer, create_schema, mysql_server
from ocrcore.domain.errors import DatabaseUnavailable


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority_in(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def authority(ca: Authority) -> Path:
    return ca.path


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return authority_in(tmp_path_factory.mktemp("stranger")).path


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory, ca: Authority) -> Iterator[MysqlServer]:
    certificate = ca.certify("localhost")
    files = (f"--ssl-cert={certificate}", f"--ssl-key={certificate.with_suffix('.key')}")
    options = (*files, "--tls-version=TLSv1.2,TLSv1.3")
    with mysql_server(tmp_path_factory.mktemp("secured"), *options) as server:
        create_schema(server, "ocr")
        yield server


def _cipher(url: str) -> str:
    with closing(Database(url)) as database, database.reading() as connection:
        return str(connection.execute(sa.text("SHOW SESSION STATUS LIKE 'Ssl_cipher'")).one()[1])


Url = Callable[..., str]


@pytest.fixture
def url(secured: MysqlServer) -> Url:
    return lambda query, host="localhost": secured.url("ocr", query, host=host)


def test_the_right_authority_and_host_are_let_in(url: Url, authority: Path) -> None:
    assert _cipher(url(f"?ssl_ca={authority}"))
    assert _cipher(url(f"?ssl_ca={authority}&ssl_verify_identity=true"))


def test_another_authority_is_refused(url: Url, stranger: Path) -> None:
    for query in (f"?ssl_ca={stranger}", f"?ssl_ca={stranger}&ssl_verify_identity=false", "?ssl_verify_identity=true"):
        with pytest.raises(DatabaseUnavailable):
            _cipher(url(query))


def test_another_host_is_refused_unless_the_name_may_differ(url: Url, authority: Path) -> None:
    with pytest.raises(DatabaseUnavailable):
        _cipher(url(f"?ssl_ca={authority}", "127.0.0.1"))
    assert _cipher(url(f"?ssl_ca={authority}&ssl_verify_identity=false", "127.0.0.1"))


def test_a_server_without_tls_is_refused_where_tls_is_asked_for(server: MysqlServer, authority: Path) -> None:
    with pytest.raises(DatabaseUnavailable):
        _cipher(server.url("ocr", f"?ssl_ca={authority}"))


def test_unasked_it_is_used_where_the_server_has_it(url: Url, server: MysqlServer, migrated: str) -> None:
    assert _cipher(url(""))
    assert server.url("ocr") == migrated
    assert not _cipher(migrated)


@pytest.mark.parametrize("query", ["?ssl_disabled=true", "?ssl_verify_identity=perhaps", "?ssl_mode=REQUIRED"])
def test_an_unknown_option_is_refused_at_once(query: str) -> None:
    with pytest.raises(ValueError, match="ssl_"):
        split_tls(sa.make_url(f"mysql+pymysql://x/y{query}"))


def _refusal(url: str, ca: Path | None = None) -> str:
    """Return why a process on AWS does not connect; what it sends until then tells neither user nor password."""
    with overheard(sa.make_url(url).port or 0) as (port, sent):
        through = sa.make_url(url).set(port=port).render_as_string(hide_password=False)
        asked = secured_url(Settings(backend="aws", database_url=through, database_ca=ca, database_tls="require"))
        # The rule is about other machines; the tests have none.
        asked = asked if "ssl_" in asked else f"{asked}?ssl_verify_identity=true"
        with closing(open_database(asked, shared=True)) as database, pytest.raises(DatabaseUnavailable) as refused:
            database.check()
    assert b"ocr" not in sent[36:]  # behind the request for TLS, which names nobody
    assert b"\x17\x03\x03" not in sent  # no data of an application, encrypted or not
    return str(refused.value)


def test_a_wrong_host_is_told_before_a_password_is_sent(url: Url, authority: Path) -> None:
    assert "for another host than the one in OCR_DATABASE_URL" in _refusal(url("", "127.0.0.1"), authority)


@pytest.mark.parametrize("scheme", ["mysql", "mariadb"])
def test_an_unknown_authority_is_told_before_a_password_is_sent(url: Url, stranger: Path, scheme: str) -> None:
    asked = url("").replace("mysql", scheme, 1)
    for ca in (stranger, None):
        assert "name the file of its authority in OCR_DATABASE_CA" in _refusal(asked, ca)


def test_an_expired_certificate_is_told_before_a_password_is_sent(
    secured: MysqlServer, ca: Authority, url: Url
) -> None:
    good, expired = ca.certify("localhost"), ca.certify("localhost", expired=True)
    kept = [(path, path.read_bytes()) for path in (good, good.with_suffix(".key"))]
    try:
        for path, other in ((good, expired), (good.with_suffix(".key"), expired.with_suffix(".key"))):
            shutil.copyfile(other, path)
        secured.execute("FLUSH SSL")
        assert "has expired; renew it" in _refusal(url(""), ca.path)
    finally:
        for path, content in kept:
            path.write_bytes(content)
        secured.execute("FLUSH SSL")
    assert _cipher(url(f"?ssl_ca={ca.path}"))


def test_a_server_without_tls_is_told_before_a_password_is_sent(server: MysqlServer, authority: Path) -> None:
    assert "speaks no TLS, which is required" in _refusal(server.url("ocr"), authority)


def test_the_authority_of_the_settings_lets_the_right_server_in(url: Url, authority: Path) -> None:
    for settings in (
        Settings(backend="aws", database_url=url(""), database_ca=authority),
        Settings(database_url=url(""), database_ca=authority),
    ):
        assert _cipher(secured_url(settings))
        assert unverified(secured_url(settings)) == ()
