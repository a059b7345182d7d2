"""What reads a page that leaves the choice, and what else there is."""

from pathlib import Path

import pytest

import pictures
from adapters.engines.engine import ChildEngine
from adapters.engines.errors import EngineMissing
from integration.engines.samples import put_tesseract, read
from ocrcore.domain.options import ENGINES, JobOptions
from ocrcore.testing.engine import recognise
from processes import having, zombies


def hide_tessdata(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Put a program in the place of tesseract that does not say where its data is, as version 4 does not."""
    listing = "echo 'List of available languages (1):'; echo eng"
    put_tesseract(patch, folder, f'if [ "$1" = --list-langs ]; then {listing}; else tesseract "$@"; fi')
    patch.delenv("TESSDATA_PREFIX", raising=False)


def test_the_languages_decide_what_reads(tmp_path: Path) -> None:
    with ChildEngine("auto", also=ENGINES, root=tmp_path) as engine:
        assert list(engine.offers) == ["auto", "ppocr", "tesserocr", "tesseract"]
        assert engine.version == engine.offers["ppocr"].version
        assert read(engine).engine == engine.version
        assert engine.choice(JobOptions(quality="fast")) == "tesserocr"
        well = engine.offers["ppocr"].good_languages
        assert {"eng", "por", "deu", "jpn"} <= set(well) < set(engine.offers["ppocr"].languages)
        assert {"vie", "rus", "ces", "tur"}.isdisjoint(well)
        assert list(well) == sorted(well)


def test_where_the_fastest_does_not_work_the_program_reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hide_tessdata(monkeypatch, tmp_path / "bin")
    with ChildEngine("auto", root=tmp_path) as engine:
        assert list(engine.offers) == ["auto", "ppocr", "tesseract"]
        assert engine.choice(JobOptions(quality="fast")) == "tesseract"


def test_without_any_tesseract_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TESSDATA_PREFIX", raising=False)
    with pytest.raises(EngineMissing, match="no tesseract on the PATH; install tesseract-ocr"):
        ChildEngine("tesseract", also=ENGINES, root=tmp_path)
    assert (zombies(), list(tmp_path.iterdir())) == ([], [])


def test_one_that_needs_no_tesseract_reads_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TESSDATA_PREFIX", raising=False)
    with ChildEngine("auto", also=ENGINES, root=tmp_path) as engine:
        assert list(engine.offers) == ["auto", "ppocr"]
        assert read(engine).text == "HELLO"


def test_what_is_chosen_does_not_give_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hide_tessdata(monkeypatch, tmp_path / "bin")
    with pytest.raises(EngineMissing, match="TESSDATA_PREFIX"):
        ChildEngine("tesserocr", also=ENGINES, root=tmp_path)


def test_one_child_reads_for_every_engine(tmp_path: Path) -> None:
    with ChildEngine("auto", also=ENGINES, root=tmp_path) as engine:
        children = having(tmp_path)
        for name in ("tesseract", "ppocr", "tesserocr", "ppocr"):
            layout = recognise(engine, pictures.png("HELLO"), name=name)
            assert (layout.text, layout.engine) == ("HELLO", engine.offers[name].version)
        assert having(tmp_path) == children


def test_an_engine_that_takes_its_child_down_costs_no_other(tmp_path: Path) -> None:
    with ChildEngine(also=("nothing",), root=tmp_path) as engine:
        assert list(engine.offers) == ["auto", "tesseract"]
        assert [read(engine).text for _ in range(2)] == ["HELLO", "HELLO"]
        assert len(having(tmp_path)) == 1
