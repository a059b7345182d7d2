import pytest

from entrypoints.backends.databases import open_database
from entrypoints.settings import SettingsError


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("nonsense", "driver://user:password@host/name"),
        ("postgresql://ocr:hunter2@host/ocr", "no adapter"),
        ("mysql+pymysql://ocr:hunter2@host/ocr?ssl_ca=/nowhere/ca.pem&ssl_verify_identity=true", "No such file"),
        ("mysql+pymysql://ocr:hunter2@host/ocr?ssl_foo=1", "ssl_foo"),
    ],
)
def test_a_url_of_no_use_is_told_in_one_line_without_its_password(url: str, why: str) -> None:
    with pytest.raises(SettingsError, match="OCR_DATABASE_URL cannot be used") as refused:
        open_database(url)
    assert why in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert "\n" not in str(refused.value)
