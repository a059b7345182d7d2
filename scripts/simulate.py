"""Simulate histories of the service on fakes: a range of seeds, one seed, the mutants, or all short fault schedules."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from entrypoints.cli.progress import Progress
from ocrcore.testing.simulation import run_seed
from ocrcore.testing.simulation.campaign import Summary, run_campaign
from ocrcore.testing.simulation.exhaustive import Schedule, double_faults, happy_path, run_schedule, single_faults
from ocrcore.testing.simulation.mutants import MUTANTS, Found, find
from planted_suites import FOUND_BY, broken
from shown_by import SEEDS_PER_MUTANT, remember
from simulated import fakes_for, fakes_of, memory_fakes

#: Calls that are printed of a history with a violation, the last ones.
_LAST = 60
#: Pages of the job in the exhaustive tier.
_PAGES = 3


def main() -> int:
    """Return the exit code: 1 if an invariant was violated, or a mutant was not found."""
    options = _options()
    if options.planted:
        return _planted(options.processes)
    if options.exhaustive:
        return _exhaustive(options.exhaustive, options.processes)
    if options.seed is not None:
        return _one(options.seed)
    return _many(range(options.first, options.first + options.seeds), options.processes, options.ledger)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many histories")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first one")
    parser.add_argument("--ledger", type=Path, help="a file to append the sums to; those of all its runs are printed")
    parser.add_argument("--seed", type=int, help="replay one history and print its trace")
    parser.add_argument("--planted", action="store_true", help="print within how many seeds each mutant is found")
    parser.add_argument("--exhaustive", type=int, choices=(1, 2), help="run every schedule of up to this many faults")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def _one(seed: int) -> int:
    verdict = run_seed(seed, fakes_of(seed))
    print(verdict.story())
    print(f"trace {verdict.trace.digest()}")
    return 0 if verdict.violation is None else 1


def _many(seeds: range, processes: int, ledger: Path | None) -> int:
    began = time.monotonic()
    line, summary = Progress(), Summary()

    def show(so_far: Summary) -> None:
        histories = summary.histories + so_far.histories
        violations = len(summary.violations) + len(so_far.violations)
        line.show(histories / len(seeds), f"{histories:,} histories, {violations} violations")

    for on_one_queue in filter(None, (seeds[::2], seeds[1::2])):
        summary.add(run_campaign(on_one_queue, fakes_of(on_one_queue[0]), processes, progress=show))
    line.clear()
    seconds = time.monotonic() - began
    broken = min(summary.violations, default=None)
    if ledger is not None:
        with ledger.open("a") as lines:
            lines.write(f"{summary.to_json()}\n")
        summary = Summary()
        for written in ledger.read_text().splitlines():
            summary.add(Summary.from_json(written))
    print("\n".join(summary.lines()))
    print(f"{seconds:.0f} s on {processes} processes, {len(seeds) / seconds:.0f} histories a second")
    if broken is not None:
        print(f"\nthe end of the first of them; make simulate SEED={broken} shows all of it:")
        print(run_seed(broken, fakes_of(broken)).story(_LAST))
    return 1 if summary.violations else 0


def _find(name: str) -> Found | None:
    (planted,) = (planted for planted in MUTANTS if planted.name == name)
    return find(name, fakes_for(planted), range(SEEDS_PER_MUTANT))


def _planted(processes: int) -> int:
    names = [planted.name for planted in MUTANTS]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(_find, names))
    remember({name: how.seed for name, how in zip(names, found, strict=True) if how is not None})
    print(f"By the simulation, of which at most {SEEDS_PER_MUTANT} seeds are tried:")
    for name, how in zip(names, found, strict=True):
        told = "NOT FOUND" if how is None else f"within {how.seed + 1:>4} seeds, by invariant {how.invariant}"
        print(f"  {name:<32} {told}")
    print("By a suite, on a real server with two connections:")
    failed = broken()
    for name, promise in FOUND_BY.items():
        print(f"  {name:<32} {promise.rpartition('::')[2] if name in failed else 'NOT FOUND'}")
    number = len(names) + len(FOUND_BY)
    missed = found.count(None) + len(FOUND_BY.keys() - failed)
    print(f"{number - missed} of {number} found")
    return 1 if missed else 0


def _judge(schedules: list[Schedule]) -> list[str]:
    wrong = []
    for schedule in schedules:
        verdict, _ = run_schedule(schedule, memory_fakes)
        if verdict.violation is not None or verdict.figures["DONE"] != _PAGES:
            wrong.append(f"{dict(schedule)}: {verdict.violation or 'there are not three texts'}")
    return wrong


def _exhaustive(faults: int, processes: int) -> int:
    calls = happy_path(memory_fakes)
    tiers = (single_faults(calls), double_faults(memory_fakes))
    schedules = chain(*tiers[:faults])
    wrong, number = [], 0
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        chunks = list(_chunks(schedules))
        for found in pool.map(_judge, chunks):
            wrong += found
        number += sum(map(len, chunks))
    for after in range(len(calls)):
        verdict, _ = run_schedule({}, memory_fakes, all_after=after)
        wrong += [] if verdict.violation is None else [f"all calls after {after} fail: {verdict.violation}"]
    print("\n".join(wrong))
    tried = f"{number:,} schedules of up to {faults} faults over {len(calls)} calls, and {len(calls)} outages"
    print(f"{tried}: {len(wrong)} violations")
    return 1 if wrong else 0


def _chunks(schedules: Iterator[Schedule]) -> Iterator[list[Schedule]]:
    while chunk := list(islice(schedules, 200)):
        yield chunk


if __name__ == "__main__":
    sys.exit(main())
