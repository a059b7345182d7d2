"""What other distributions bring, found without importing anything of it."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from adapters.engines.errors import EngineMissing
from adapters.engines.foreign import create_foreign
from ocrcore import installed
from ocrcore.domain.options import ENGINES, JobOptions

Bring = Callable[..., None]


@pytest.fixture
def bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bring]:
    """Return a function that installs a distribution with entry points."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def bring(name: str, group: str, entry: str, module: str = "") -> None:
        told = tmp_path / f"{name}-2.0.dist-info"
        told.mkdir()
        (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.0\n")
        (told / "entry_points.txt").write_text(f"[{group}]\n{entry}\n")
        if module:
            (tmp_path / f"{entry.partition('= ')[2].partition(':')[0]}.py").write_text(module)
        installed._all.cache_clear()

    yield bring
    installed._all.cache_clear()
    for name in [name for name in sys.modules if name.startswith("brought_")]:
        del sys.modules[name]


_READER = """
from ocrcore.domain.layout import Line, Word
from ocrcore.plugins import ForeignEngine

class Engine(ForeignEngine):
    languages = ("por", "eng")

    def read(self, page, options):
        box = (-5, 0, page.width + 5, 2)
        return [Line(box, (Word(str(len(page.pixels)), box, 50.0),)), Line(box, ())]
"""


def test_names_are_found_by_their_kind(bring: Bring) -> None:
    bring("tapes", "ocrcore.documents", "tape = brought_tapes:open_part")
    bring("bars", "ocrcore.engines", "bars = brought_bars:Engine")
    bring("others", "console_scripts", "bars = brought_others:main")
    assert (list(installed.names("documents")), list(installed.names("engine"))) == (["tape"], ["bars"])
    found = installed.offered("documents", "tape", ("folder",))
    assert found is not None
    assert found.distribution == "tapes 2.0"
    assert installed.offered("queue", "tape", ("sql",)) is None
    assert not [name for name in sys.modules if name.startswith("brought_")]


def test_a_name_of_two_and_a_name_of_ocrcores_own_are_clashes(bring: Bring) -> None:
    bring("tapes", "ocrcore.documents", "tape = brought_tapes:open_part")
    bring("tapes-too", "ocrcore.documents", "tape = brought_tapes_too:open_part")
    bring("mine", "ocrcore.engines", "ppocr = brought_mine:Engine")
    with pytest.raises(installed.Clash, match=r"tape is in tapes.* 2\.0 and in tapes.* 2\.0; uninstall all but one"):
        installed.offered("documents", "tape", ("folder",))
    with pytest.raises(installed.Clash, match=r"The engine ppocr of mine 2\.0 has the name of one of ocrcore's own"):
        installed.engines(ENGINES)


def test_an_engine_reads_and_its_boxes_are_cut_to_the_page(bring: Bring) -> None:
    bring("bars", "ocrcore.engines", "bars = brought_bars:Engine", _READER)
    reader = create_foreign("bars")
    assert (reader.version, list(reader.languages)) == ("bars 2.0", ["eng", "por"])
    layout = reader.read(Image.new("L", (30, 20), 255), JobOptions(engine="bars"))
    assert (layout.text, layout.engine, (layout.width, layout.height)) == ("600", "bars 2.0", (30, 20))
    (line,) = layout.lines
    assert line.bbox == line.words[0].bbox == (0, 0, 30, 2)


@pytest.mark.parametrize(
    ("module", "why"),
    [
        ("raise ValueError('two\\nlines')", "ValueError: two lines"),
        ("Engine = 7", "TypeError"),
        ("class Engine: languages = ('eng',)", "no ForeignEngine with languages"),
        ("from ocrcore.plugins import ForeignEngine as Engine", "no ForeignEngine with languages"),
    ],
)
def test_a_broken_engine_is_missing_and_told_in_one_line(bring: Bring, module: str, why: str) -> None:
    bring("bars", "ocrcore.engines", "bars = brought_bars:Engine", module)
    with pytest.raises(EngineMissing) as missing:
        create_foreign("bars")
    assert str(missing.value).startswith("The engine bars of bars 2.0 is broken: ")
    assert why in str(missing.value)
    assert "\n" not in str(missing.value)


def test_an_engine_that_nobody_brings_is_missing() -> None:
    with pytest.raises(EngineMissing, match="paper is in no installed distribution"):
        create_foreign("paper")
