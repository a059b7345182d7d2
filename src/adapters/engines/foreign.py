"""Engines of other distributions, as readers. Runs in a child only: it alone imports them, behind its wall."""

from collections.abc import Sequence

from PIL import Image

from adapters.engines.errors import EngineMissing
from adapters.engines.reader import Reader
from ocrcore.domain.layout import Layout, Line, layout_of
from ocrcore.domain.options import ENGINES, JobOptions
from ocrcore.installed import Clash, Offered, offered
from ocrcore.plugins import ForeignEngine, GreyPage


class ForeignReader(Reader):
    """An engine of another distribution; its name is that of the entry point, its version that of the distribution."""

    def __init__(self, name: str, engine: ForeignEngine, version: str) -> None:
        self._engine = engine
        self._version = f"{name} {version}"
        self._languages = tuple(sorted(engine.languages))

    @property
    def languages(self) -> Sequence[str]:
        """The languages that it names."""
        return self._languages

    @property
    def version(self) -> str:
        """The name and version."""
        return self._version

    def read(self, page: Image.Image, options: JobOptions) -> Layout:
        """Return the layout of the lines that it finds, each cut to the page. A line without words is left out."""
        lines = self._engine.read(GreyPage(*page.size, page.tobytes()), options)
        kept = [_within(line, page.size) for line in lines if line.words]
        return layout_of([kept] if kept else [], page.size, self._version, options.languages)


def create_foreign(name: str) -> ForeignReader:
    """Return the reader of an installed engine. Raises ``EngineMissing``, whatever its code raises."""
    try:
        found = offered("engine", name, ENGINES)
    except Clash as clash:
        raise EngineMissing(str(clash)) from clash
    if found is None:
        msg = f"The engine {name} is in no installed distribution."
        raise EngineMissing(msg)
    return ForeignReader(name, _engine_of(name, found), found.version)


def _engine_of(name: str, found: Offered) -> ForeignEngine:
    try:
        engine = found.entry.load()()
        languages = list(engine.languages)
    except Exception as error:  # whatever somebody else's code raises
        why = f"{type(error).__name__}: {' '.join(str(error).split())}"
        msg = f"The engine {name} of {found.distribution} is broken: {why}"
        raise EngineMissing(msg) from error
    if not (isinstance(engine, ForeignEngine) and languages and all(isinstance(code, str) for code in languages)):
        msg = f"The engine {name} of {found.distribution} is broken: it is no ForeignEngine with languages."
        raise EngineMissing(msg)
    return engine


def _within(line: Line, size: tuple[int, int]) -> Line:
    def cut(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        (x0, y0, x1, y1), (width, height) = box, size
        return max(0, min(x0, width)), max(0, min(y0, height)), max(0, min(x1, width)), max(0, min(y1, height))

    words = tuple(type(word)(word.text, cut(word.bbox), word.confidence) for word in line.words)
    return Line(cut(line.bbox), words, line.baseline)
