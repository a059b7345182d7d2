"""Send damaged uploads to a real service, let damaged files be decoded, and let a service read damaged PDFs.

Every answer has to be one that the contract names, well-formed bodies have to be stored byte for byte, and nothing may
crash, hang or be left over. Each case follows from its seed.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from entrypoints.cli.progress import Progress
from fuzzing.case import Case, Report
from fuzzing.documents import fuzz_documents
from fuzzing.files import fuzz_files
from fuzzing.multiparts import fuzz_multiparts


def main() -> int:
    """Return the exit code: 1 if a case was wrong."""
    options = _options()
    reports = [
        _run("multipart bodies", fuzz_multiparts, range(options.first, options.first + options.multiparts)),
        _run("files", fuzz_files, range(options.first, options.first + options.files)),
        _run("documents", fuzz_documents, range(options.first, options.first + options.documents)),
    ]
    return 1 if any(report.wrong for report in reports) else 0


def _run(title: str, fuzz: Callable[[range, Path], Iterator[Case]], seeds: range) -> Report:
    report, line, began = Report(title), Progress(), time.monotonic()
    if seeds:
        with tempfile.TemporaryDirectory(prefix="ocrcore-fuzz-") as folder:
            for case in fuzz(seeds, Path(folder)):
                report.add(case)
                line.show(report.cases / len(seeds), f"{title}: {report.cases:,}, {len(report.wrong)} wrong")
        line.clear()
        print("\n".join(report.lines()))
        print(f"{time.monotonic() - began:.0f} s")
    return report


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--multiparts", type=int, default=100_000, help="how many uploads")
    parser.add_argument("--files", type=int, default=20_000, help="how many files")
    parser.add_argument("--documents", type=int, default=400, help="how many PDFs")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first case")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
