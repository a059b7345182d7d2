"""Run all measurements and print a report; ``--keep`` writes it to ``docs/benchmarks.md``, with its plots beside it."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import rivals
from corpora import drawn_corpora
from machine import machine, versions
from measures.accounts import accounts
from measures.accuracy import Accuracy, Field
from measures.browsing import browsing
from measures.calibration import calibration
from measures.documents import documents
from measures.headers import headers
from measures.languages import spoken
from measures.lists import lists
from measures.pipeline import pipeline
from measures.search import search
from measures.searchable import searchable
from measures.speed import Race
from measures.starting import starting
from measures.uploads import uploads
from pages import Picture, drawn, labelled
from report import Grid, Table

_ROOT: Final = Path(__file__).parents[1]
#: Name -> measurement, apart from speed and accuracy and from those that need pictures.
_MEASURES: Final[Mapping[str, Callable[[], Table | Grid]]] = {
    "pipeline": pipeline,
    "accounts": accounts,
    "documents": documents,
    "searchable": searchable,
    "lists": lists,
    "search": search,
    "uploads": uploads,
    "headers": headers,
    "browsing": browsing,
    "languages": spoken,
}
#: Name -> measurement of the pictures.
_OF_PICTURES: Final[Mapping[str, Callable[[Sequence[Picture]], Table | Grid]]] = {
    "starting": lambda pictures: starting(pictures[0]),
    "calibration": calibration,
}
#: Those that drawn receipts do not do for: all of their words are easy, so their confidences say little.
_OF_REAL_PICTURES: Final = ("calibration",)
#: Those among both that are about engines.
_OF_ENGINES: Final = ("calibration", "languages")


@dataclass(frozen=True)
class Report:
    """The results of all measurements."""

    tables: Sequence[Table | Grid]
    #: Name of a way -> pictures per second.
    speeds: Mapping[str, float]
    fields: Sequence[Field]

    @property
    def met(self) -> bool:
        """Whether every goal is reached."""
        return all(figure.met for table in self.tables for figure in table.figures)


def main() -> int:
    """Return 0 if every goal is reached."""
    options = _options()
    target = _ROOT / ("docs" if options.keep else ".bench")
    with tempfile.TemporaryDirectory(prefix="ocrcore-bench-") as folder:
        head = _head(options)
        report = _measure(options, Path(folder))
    if options.only:
        return 0 if report.met else 1
    _draw("draw.py", target / "benchmarks.svg", report.speeds)
    _draw("draw_accuracy.py", target / "accuracy.svg", list(map(asdict, report.fields)))
    text = "\n".join([head, *(table.text() for table in report.tables)])
    (target / "benchmarks.md").write_text(text)
    print(text)
    return 0 if report.met else 1


def _draw(script: str, picture: Path, figures: object) -> None:
    drawing = [rivals.program("python"), str(_ROOT / "bench" / script), str(picture)]
    subprocess.run(drawing, input=json.dumps(figures), text=True, check=True)


def _measure(options: argparse.Namespace, folder: Path) -> Report:
    (folder / "drawn").mkdir()
    pictures = labelled(options.pictures) if options.pictures else drawn(folder / "drawn")
    tables: list[Table | Grid] = []

    def took(*taken: Table | Grid) -> None:  # shown at once: what follows takes its time, and may fail
        tables.extend(taken)
        for table in taken:
            print(table.text(), file=sys.stderr, flush=True)

    speeds: Mapping[str, float] = {}
    fields: Sequence[Field] = []
    if not options.only:
        race = Race(pictures, folder)
        for what in race.rounds(options.rounds):
            _say(what)
        took(race.ratios(), race.table())
        accuracy = Accuracy(drawn_corpora(folder), folder)
        accuracy.take_receipts(race)
        for what in accuracy.rounds():
            _say(what)
        took(accuracy.goals(), *accuracy.grids())
        speeds, fields = race.speeds(), accuracy.fields()
    of_pictures = {
        name: partial(measure, pictures if options.pictures or name not in _OF_REAL_PICTURES else [])
        for name, measure in _OF_PICTURES.items()
    }
    measures: Mapping[str, Callable[[], Table | Grid]] = {**_MEASURES, **of_pictures}
    for name in options.only or (_OF_ENGINES if options.engines else measures):
        _say(name)
        took(measures[name]())
    return Report(tables, speeds, fields)


def _head(options: argparse.Namespace) -> str:
    command = " ".join(["make bench", *(["PICTURES=folder"] if options.pictures else [])])
    which = "receipts that it draws"
    if options.pictures:
        which = f"the pictures of `{options.pictures.resolve().name}`, each with its text beside it"
    return "\n".join(
        [
            "# Benchmarks",
            "",
            f"What `{command}` printed on {datetime.now(UTC):%Y-%m-%d}, on {which}, in {options.rounds} rounds.",
            "",
            f"- Machine: {machine()}; load {os.getloadavg()[0]:.1f} at the start.",
            f"- {versions()}.",
            "",
            "![F1 of words against pages a second of each way](accuracy.svg)",
            "",
            "![Pictures a second of each way](benchmarks.svg)",
            "",
        ]
    )


def _names(text: str) -> Sequence[str]:
    names = text.split(",")
    known = [*_MEASURES, *_OF_PICTURES]
    if unknown := set(names) - set(known):
        msg = f"there is no measurement {', '.join(sorted(unknown))}; there are {', '.join(known)}"
        raise argparse.ArgumentTypeError(msg)
    return names


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {what} ...", file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, help="a folder of pictures, each with its text in a .txt beside it")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engines", action="store_true", help="only what is about engines")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--only", type=_names, default=(), help="only these measurements, neither speed nor accuracy")
    options = parser.parse_args()
    if (options.engines or options.only) and options.keep:
        parser.error("a part is not kept")
    return options


if __name__ == "__main__":
    sys.exit(main())
