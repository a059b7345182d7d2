"""Where tesserocr finds the languages of the Tesseract that is installed."""

from pathlib import Path

import pytest

from adapters.engines.errors import EngineMissing
from adapters.engines.tessdata import find_tessdata, languages_in
from integration.engines.samples import put_tesseract


def says(folder: str) -> str:
    return f"echo 'List of available languages in \"{folder}\" (1):'; echo eng"


def test_it_is_where_the_program_says() -> None:
    assert {"eng", "por"} <= set(languages_in(find_tessdata()))


def test_a_program_in_a_prefix_of_its_own_knows_better_than_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TESSDATA_PREFIX", "/elsewhere")
    put_tesseract(monkeypatch, tmp_path / "bin", says(f"{tmp_path}/private tessdata/"))
    assert find_tessdata() == tmp_path / "private tessdata"


@pytest.mark.parametrize("body", ["exit 1", "kill -SEGV $$", "echo 'List of available languages (1):'; echo eng"])
def test_where_the_program_does_not_say_the_environment_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str
) -> None:
    put_tesseract(monkeypatch, tmp_path / "bin", body)
    monkeypatch.setenv("TESSDATA_PREFIX", "/elsewhere")
    assert find_tessdata() == Path("/elsewhere")


def test_without_a_program_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("TESSDATA_PREFIX", "/elsewhere")
    assert find_tessdata() == Path("/elsewhere")
    monkeypatch.delenv("TESSDATA_PREFIX")
    with pytest.raises(EngineMissing, match="Neither a tesseract on the PATH nor TESSDATA_PREFIX"):
        find_tessdata()


def test_languages_are_what_has_data_and_letters(tmp_path: Path) -> None:
    (tmp_path / "script").mkdir()
    for name in ("por", "eng", "osd", "chi_sim", "script/Latin", "Fraktur", "mrz2", "-c", "a+b"):
        (tmp_path / f"{name}.traineddata").touch()
    (tmp_path / "eng.user-words").touch()
    assert languages_in(tmp_path) == ["Fraktur", "chi_sim", "eng", "mrz2", "por"]


def test_a_folder_without_languages_is_none(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "gone"):
        with pytest.raises(EngineMissing, match="no language data"):
            languages_in(folder)
