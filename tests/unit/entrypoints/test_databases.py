import pytest

from entrypoints.backends.databases import open_database
from entrypoints.settings import SettingsError


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("nonsense", "driver://user:password@host/name"),
        ("postgresql://ocr:hunter2@host/ocr", "no adapter"),
        ("mysql+pymysql://ocr:hunter2@host/ocr?ssl_ca=/nowhere/ca.pem&ssl_verify_identity=true", "No such file"),
        ("mysql+pymysql://ocr:hunter2@host/ocr?ssl_foo=1", "ssl_verify_identity"),
        ("mysql+pymysql://ocr:hunter2@host/ocr?ssl_key=/nowhere/key.pem", "ssl_key needs ssl_cert"),
        ("mysql+pymysql://ocr:hunter2@host", "names no schema"),
        ("mysql+pymysql://ocr:hunter2@host/?charset=utf8mb4", "names no schema"),
        ("mysql+pymysql://ocr:hunter2@host/ocr?foo=bar", "an option in it is not known"),
        ("mysql+pymysql://ocr:p@ss:hunter2/x@127.0.0.1:3306/ocr", "%40 for @"),
        ("mysql+pymysql://ocr:pass@host:hunter2/ocr", "driver://user:password@host/name"),
        ("sqlite+hunter2:///x", "driver://user:password@host/name"),
        ("hunter2://ocr:pass@host/ocr", "there are mysql and sqlite"),
    ],
)
def test_a_url_of_no_use_is_told_in_one_line_without_its_password(url: str, why: str) -> None:
    with pytest.raises(SettingsError, match="OCR_DATABASE_URL cannot be used") as refused:
        open_database(url)
    assert why in str(refused.value)
    shown = str(refused.value)
    for secret in ("hunter2", "p@ss", "ssl_foo", "foo"):
        assert secret not in shown
    assert "\n" not in str(refused.value)


def test_a_file_is_no_database_of_several_machines() -> None:
    with pytest.raises(SettingsError, match="the AWS backend needs a MySQL server"):
        open_database("sqlite:////tmp/hunter2.db", shared=True)


@pytest.mark.parametrize("query", ["", "?charset=utf8mb4", "?unix_socket=/run/mysqld.sock&ssl_verify_identity=true"])
def test_a_server_is(query: str) -> None:
    database = open_database(f"mysql+pymysql://ocr:hunter2@host/ocr{query}", shared=True)
    assert database.dialect.is_shared
    database.close()
