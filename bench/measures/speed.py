"""Pictures per second of the service and of the alternatives, all on the same pictures in one run."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from adapters.ppocr.versions import has_amx
from folders import new_folder
from pages import Picture, copies, in_grey
from report import Figure, Goal, Table, at_least
from score import Pair
from ways.kreuzberg import Kreuzberg
from ways.naive import Naive
from ways.ocrmypdf import OcrMyPdf
from ways.program import Program
from ways.rapidocr import RapidOcr
from ways.service import Service
from ways.way import Run, Way

#: Pictures of one round.
_MANY: Final = 48
#: Pictures for a slow way.
_FEW: Final = 16
WARM: Final = "service, tesserocr"
COLD: Final = "service, tesseract"
SHARP: Final = "service, ppocr"
#: What PP-OCR is to reach in relation to the program, with AMX and without.
_SHARP_GOAL: Final = {True: 1.3, False: 0.8}


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
        few = files[: max(_FEW, min(len(pictures), _MANY))]
        grey = in_grey(files, folder / "grey")
        warm, program = Service("engine=tesserocr"), Program()
        self._entries = [
            Entry(warm, files),
            Entry(program, files),
            Entry(warm, grey, in_grey=True),
            Entry(program, grey, in_grey=True),
            *(Entry(Service(f"engine={engine}"), files) for engine in ("ppocr", "auto", "tesseract")),
            *(Entry(Service(f"quality={quality}"), files) for quality in ("fast", "best")),
            Entry(OcrMyPdf(), files),
            Entry(Kreuzberg(), files),
            Entry(RapidOcr(), few),
            Entry(Naive(), files[:_FEW]),
        ]
        self._runs: dict[str, list[Run]] = {entry.name: [] for entry in self._entries}

    def rounds(self, number: int) -> Iterator[str]:
        """Run the rounds; yield the name of each run before it starts."""
        for turn in range(number):
            shift = turn * len(self._entries) // number
            yield from self._round(f"round {turn + 1}", self._entries[shift:] + self._entries[:shift])

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

    def ratio(self, name: str, other: str = Program.name) -> float:
        """Return the speed of one way divided by that of the other, as the median of the rounds."""
        per_picture = [[run.seconds / self._number(one) for run in self._runs[one]] for one in (name, other)]
        ratios: list[float] = [theirs / ours for ours, theirs in zip(*per_picture, strict=True)]
        return median(ratios)

    def pairs(self, name: str) -> Sequence[Pair]:
        """Return recognised and true text, once for each picture that a way read and whose text is known."""
        pairs = zip(self._runs[name][0].texts, self._pictures, strict=False)
        return [(text, picture.text) for text, picture in pairs if picture.text is not None]

    def ratios(self) -> Table:
        """Return the speed of the service in relation to the others."""
        program, grey = Program.name, "{}, grey pictures".format
        rows: list[tuple[str, str, Goal | None]] = [
            (WARM, program, at_least(1.7)),
            (COLD, program, at_least(0.9)),
            (SHARP, program, at_least(_SHARP_GOAL[has_amx()])),
            *((f"service, {other}", program, None) for other in ("auto", "quality=fast", "quality=best")),
            (grey(WARM), grey(program), None),
            (WARM, Naive.name, at_least(10)),
            (WARM, OcrMyPdf.name, at_least(2)),
            (WARM, Kreuzberg.name, at_least(2.5)),
            (SHARP, RapidOcr.name, None),
        ]
        how = (
            f"The same {_MANY} pictures for all ({_FEW} for the naive worker, {self._number(RapidOcr.name)} for"
            f" RapidOCR), one way after the other, in {len(self._runs[WARM])} rounds; the median of the rounds' ratios."
            " The service runs already, and is timed from the upload until the job is done; the others' from the start"
            f" of the program to its end. All but the naive worker use {os.cpu_count()} cores, with one thread for each"
            " picture."
        )
        figures = [Figure(f"{one} : {other}", self.ratio(one, other), " x", goal) for one, other, goal in rows]
        return Table("The service against others", how, figures)

    def table(self) -> Table:
        """Return the speed of each way."""
        figures = [Figure(name, speed, " pictures/s") for name, speed in self.speeds().items()]
        return Table("Speed", "Medians of the same rounds.", figures)
