import pytest

from entrypoints.cli.doctor_findings import weak_secret
from entrypoints.settings import Settings, SettingsError, read_settings
from ocrcore import FindingKind

GOOD = "3f6c1a9e5b7d20488c1f0e6a9d2b7c54"


def test_a_secret_of_the_operator_is_what_signs() -> None:
    assert read_settings({"OCR_SECRET": GOOD}).policy.secret == GOOD.encode()
    assert Settings().policy.secret == b""


@pytest.mark.parametrize("text", ["x", GOOD[:-1], GOOD[:-1] + "\u00e9"])
def test_a_secret_that_is_refused_is_not_shown(text: str) -> None:
    with pytest.raises(SettingsError, match="OCR_SECRET must be at least 32 ASCII characters") as refused:
        read_settings({"OCR_SECRET": text})
    assert text not in str(refused.value).replace("openssl rand -hex 32", "")


def test_a_secret_is_not_printed_with_the_settings() -> None:
    settings = read_settings({"OCR_SECRET": GOOD})
    assert GOOD not in repr(settings) + repr(settings.policy)


def test_a_secret_that_is_no_random_text_is_told_of() -> None:
    (finding,) = weak_secret("ab" * 16)
    assert finding.kind is FindingKind.WEAK_SECRET
    assert "ab" not in finding.seen
    assert not finding.is_left
    assert list(weak_secret(GOOD)) == list(weak_secret("")) == []
