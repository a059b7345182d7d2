"""Use the service on real servers while its processes and its database are killed, stopped, frozen and restarted.

After each round an inspection from outside checks that every job is finished and correct, and that nothing is left
over.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from chaos.deployment import BACKENDS, deployment
from chaos.report import Report
from chaos.rig import Rig
from entrypoints.cli.progress import Progress

#: Rounds with one deployment.
_ROUNDS: Final = 10


def main() -> int:
    """Return the exit code: 1 if a guarantee was broken."""
    options = _options()
    began, total, line = time.monotonic(), Report(), Progress()
    seeds = range(options.first, options.first + options.rounds)
    for start in range(0, len(seeds), _ROUNDS):
        for report in _rounds(seeds[start : start + _ROUNDS], options):
            total.add(report)
            line.show(total.rounds / options.rounds, f"round {total.rounds}, {len(total.wrong)} wrong")
    line.clear()
    print("\n".join(total.lines()))
    print(f"{time.monotonic() - began:.0f} s")
    return 1 if total.wrong else 0


def _rounds(seeds: range, options: argparse.Namespace) -> Iterator[Report]:
    with (
        tempfile.TemporaryDirectory(prefix="ocrcore-chaos-") as folder,
        deployment(Path(folder), options.backend) as target,
    ):
        rig = Rig(target)
        for seed in seeds:
            report = rig.stop(seed) if options.stops else rig.mischief(seed, options.seconds)
            yield report
            if report.wrong:
                return  # the next round would count the same error again


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="the seed of the first round")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long processes are disturbed in a round")
    parser.add_argument("--backend", choices=BACKENDS, default="aws", help="what is deployed beside the database")
    parser.add_argument("--stops", action="store_true", help="only SIGTERM, to a worker with attempts")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
