from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.sql.database import Database
from adapters.sql.dialects.mysql_connection import split_tls
from mysql_server import MysqlServer, create_schema, mysql_server
from ocrcore.domain.errors import DatabaseUnavailable

_NOW = datetime.now(UTC)


def _certify(folder: Path, host: str) -> Path:
    """Write a certificate that speaks for itself; return its path, beside which the key is."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(_NOW - timedelta(days=1))
        .not_valid_after(_NOW + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL
    (folder / f"{host}.key").write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()))
    path = folder / f"{host}.pem"
    path.write_bytes(certificate.public_bytes(pem))
    return path


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _certify(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _certify(tmp_path_factory.mktemp("stranger"), "localhost")


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory, authority: Path) -> Iterator[MysqlServer]:
    files = (f"--ssl-cert={authority}", f"--ssl-key={authority.with_suffix('.key')}")
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
