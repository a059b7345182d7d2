"""Use the service on real servers while its processes and its database are killed, stopped, frozen and restarted.

After each round everything must be finished and right, seen from outside, and nothing left behind.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from chaos.deployment import deployment
from chaos.report import Report
from chaos.rig import Rig
from entrypoints.cli.progress import Progress


def main() -> int:
    """Return the exit code: 1 where something was not as promised."""
    options = _options()
    began, total, line = time.monotonic(), Report(), Progress()
    with tempfile.TemporaryDirectory(prefix="ocrcore-chaos-") as folder, deployment(Path(folder)) as hurt:
        rig = Rig(hurt)
        for number in range(options.rounds):
            seed = options.first + number
            total.add(rig.stop(seed) if options.stops else rig.mischief(seed, options.seconds))
            line.show((number + 1) / options.rounds, f"round {number + 1}, {len(total.wrong)} wrong")
            if total.wrong:
                break  # the deployment may tell why
    line.clear()
    print("\n".join(total.lines()))
    print(f"{time.monotonic() - began:.0f} s")
    return 1 if total.wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="the seed of the first round")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long the mischief of a round lasts")
    parser.add_argument("--stops", action="store_true", help="nothing but SIGTERM, to a worker that is at work")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
