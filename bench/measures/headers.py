"""The time and memory that an upload's header costs the API when it is made to be expensive."""

import tempfile
from pathlib import Path
from typing import Final

from adapters.imaging.imaging import HeaderImaging
from bombs import BOMBS
from inspected import Elsewhere
from ocrcore.domain.errors import Refusal
from own_process import cpu_seconds, in_own_process, resident
from report import Figure, Table, at_most

_SIZE: Final = 5_000_000


def _cost(path: Path) -> tuple[float, float]:
    """Return the milliseconds of processor time and the MiB that one inspection takes at most."""
    imaging, memory = HeaderImaging(Elsewhere()), resident(peak=True)
    with path.open("rb") as file:
        begun = cpu_seconds()
        try:
            imaging.inspect(file)
        except Refusal:
            pass  # as good an answer as any other
        finally:
            taken = cpu_seconds() - begun
    return taken * 1000, resident(peak=True) - memory


def headers() -> Table:
    """Measure each kind of header that is made to keep a parser busy or to fill its memory."""
    costs = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, bomb in BOMBS.items():
            path = Path(folder) / name
            path.write_bytes(bomb(_SIZE))
            costs[name] = in_own_process(_cost, path)
    slowest = max(costs, key=lambda name: costs[name][0])
    largest = max(costs, key=lambda name: costs[name][1])
    how = (
        f"{len(costs)} kinds of files of {_SIZE / 1e6:.0f} MB whose headers are made to keep a parser busy or to fill"
        " its memory, each inspected once, as an upload is, in a process of its own; the worst of them."
    )
    figures = [
        Figure(f"processor time, `{slowest}`", costs[slowest][0], " ms", at_most(50)),
        Figure(f"memory, `{largest}`", costs[largest][1], " MiB", at_most(20)),
    ]
    return Table("Headers made to be expensive", how, figures)
