"""Pictures per second of the service and of the alternatives, all on the same pictures in one run."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from folders import new_folder
from pages import Picture, copies, in_grey
from report import Figure, Goal, Table, at_least
from score import f1
from ways.kreuzberg import Kreuzberg
from ways.naive import Naive
from ways.ocrmypdf import OcrMyPdf
from ways.program import Program
from ways.service import Service
from ways.way import Run, Way

#: Pictures of one round.
_MANY: Final = 48
#: Pictures for a slow way, of which only the speed matters.
_FEW: Final = 16
_WARM: Final = "service, tesserocr"
_COLD: Final = "service, tesseract"
_SHARP: Final = "service, ppocr"


@dataclass(frozen=True)
class Entry:
    """A way, and the pictures that it reads."""

    way: Way
    pictures: Sequence[Path]
    in_grey: bool = False

    @property
    def name(self) -> str:
        """The name in the tables and the plot."""
        return f"{self.way.name}, grey pictures" if self.in_grey else self.way.name


class Race:
    """Rounds in which all ways read the same pictures, in another order in each round."""

    def __init__(self, pictures: Sequence[Picture], folder: Path) -> None:
        self._pictures = pictures
        self._folder = folder
        files = copies(pictures, _MANY, folder / "pictures")
        grey = in_grey(files, folder / "grey")
        warm = Service(_WARM, "tesserocr")
        self._entries = [
            Entry(warm, files),
            Entry(Program(), files),
            Entry(warm, grey, in_grey=True),
            Entry(Program(), grey, in_grey=True),
            Entry(Service(_COLD, "tesseract"), files),
            Entry(OcrMyPdf(), files),
            Entry(Kreuzberg(), files),
            Entry(Naive(), files[:_FEW]),
        ]
        self._slow = [Entry(Service(_SHARP, "ppocr"), files[: max(_FEW, len(pictures))])]  # each of them, once
        self._runs: dict[str, list[Run]] = {entry.name: [] for entry in (*self._entries, *self._slow)}

    def rounds(self, number: int) -> Iterator[str]:
        """Run the rounds; yield the name of each run before it starts."""
        for turn in range(number):
            shift = turn * len(self._entries) // number
            yield from self._round(f"round {turn + 1}", self._entries[shift:] + self._entries[:shift])
        yield from self._round("once", self._slow)

    def _round(self, title: str, entries: Sequence[Entry]) -> Iterator[str]:
        for entry in entries:
            yield f"{title}: {entry.name}"
            run = entry.way.read(entry.pictures, new_folder(self._folder))
            if len(run.texts) != len(entry.pictures):
                msg = f"{entry.name} gave {len(run.texts)} texts for {len(entry.pictures)} pictures."
                raise RuntimeError(msg)
            self._runs[entry.name].append(run)

    def _number(self, name: str) -> int:
        return len(self._runs[name][0].texts)

    def speeds(self) -> Mapping[str, float]:
        """Return the pictures per second of each way, as the median of its rounds."""
        return {name: self._number(name) / median(run.seconds for run in runs) for name, runs in self._runs.items()}

    def _ratio(self, name: str, other: str) -> float:
        """Return the speed of one way divided by that of the other, as the median of the rounds."""
        per_picture = [[run.seconds / self._number(one) for run in self._runs[one]] for one in (name, other)]
        ratios: list[float] = [theirs / ours for ours, theirs in zip(*per_picture, strict=True)]
        return median(ratios)

    def ratios(self) -> Table:
        """Return the speed of the service in relation to the others."""
        program, grey = Program.name, "{}, grey pictures".format
        rows: list[tuple[str, str, Goal | None]] = [
            (_WARM, program, at_least(1.4)),
            (_COLD, program, at_least(0.9)),
            (grey(_WARM), grey(program), None),
            (_WARM, Naive.name, at_least(10)),
            (_WARM, OcrMyPdf.name, at_least(2)),
            (_WARM, Kreuzberg.name, at_least(2.5)),
        ]
        how = (
            f"The same {_MANY} pictures for all ({_FEW} for the naive worker), one way after the other, in"
            f" {len(self._runs[_WARM])} rounds; the median of the rounds' ratios. The service runs already, and is"
            " timed from the upload until the job is done; the others' from the start of the program to its end. All"
            f" but the naive worker use {os.cpu_count()} cores, with `OMP_THREAD_LIMIT=1`."
        )
        figures = [Figure(f"{one} : {other}", self._ratio(one, other), " x", goal) for one, other, goal in rows]
        return Table("The service against others", how, figures)

    def table(self) -> Table:
        """Return the speed of each way."""
        figures = [Figure(name, speed, " pictures/s") for name, speed in self.speeds().items()]
        return Table("Speed", f"Medians of the same rounds; ppocr read {self._number(_SHARP)} pictures, once.", figures)

    def right_words(self) -> Table:
        """Return the share of correct words of each way, for pictures with a known text."""
        goals = {_SHARP: at_least(0.88)}
        scored = {name: known for name in self._runs if (known := self._known(name))}
        most = max(map(len, scored.values()), default=0)
        figures = [
            Figure(
                name if len(known) == most else f"{name}, of the first {len(known)} alone",
                f1(known),
                "",
                goals.get(name),
            )
            for name, known in scored.items()
        ]
        how = (
            f"F1 of the words of {most} pictures with a known text, as bags; letters, digits and dots only, upper case."
            " The goal is for scanned receipts."
        )
        return Table("Right words", how, figures)

    def _known(self, name: str) -> Sequence[tuple[str, str]]:
        """Return pairs of recognised and true text, once for each picture whose text is known."""
        pairs = zip(self._runs[name][0].texts, self._pictures, strict=False)
        return [(text, picture.text) for text, picture in pairs if picture.text is not None]
