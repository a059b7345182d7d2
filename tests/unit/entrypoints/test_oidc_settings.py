import pytest

from entrypoints.settings import SettingsError, read_settings
from ocrcore.domain.access_token import TokenRules
from ocrcore.domain.api_key import Scope

GOOD = {"OCR_AUTH": "keys,oidc", "OCR_OIDC_ISSUER": "https://id.example.org/realms/x", "OCR_OIDC_AUDIENCE": "ocr"}


def test_the_rules_about_tokens_are_those_of_the_operator() -> None:
    assert read_settings(GOOD).policy.tokens == TokenRules("https://id.example.org/realms/x", "ocr")
    wished = read_settings({**GOOD, "OCR_OIDC_SCOPES": "read,admin=ocr-admin"}).policy.tokens
    assert wished is not None
    assert wished.grants == ((Scope.READ, ""), (Scope.ADMIN, "ocr-admin"))


@pytest.mark.parametrize("auth", ["none", "keys"])
def test_without_oidc_there_are_no_rules(auth: str) -> None:
    assert read_settings({"OCR_AUTH": auth}).policy.tokens is None


@pytest.mark.parametrize("missing", GOOD)
def test_half_of_the_settings_is_refused(missing: str) -> None:
    with pytest.raises(SettingsError, match="OCR_AUTH=keys,oidc needs OCR_OIDC_ISSUER and OCR_OIDC_AUDIENCE"):
        read_settings({name: text for name, text in GOOD.items() if name != missing})


@pytest.mark.parametrize(
    "issuer",
    [
        "http://id.example.org",
        "id.example.org",
        "https://",
        "https://id.example.org?a=b",
        "https://id.example.org#a",
        "https://ana:secret@id.example.org",
        "https://id.example.org:x",
        "https://id.example.org/a b",
        "file:///etc/passwd",
    ],
)
def test_an_issuer_is_reached_over_https(issuer: str) -> None:
    with pytest.raises(SettingsError, match="OCR_OIDC_ISSUER must be the URL of an issuer over https"):
        read_settings({**GOOD, "OCR_OIDC_ISSUER": issuer})


@pytest.mark.parametrize("issuer", ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:1/x"])
def test_an_issuer_on_this_machine_may_speak_http(issuer: str) -> None:
    assert read_settings({**GOOD, "OCR_OIDC_ISSUER": issuer}).oidc_issuer == issuer
