"""A campaign: the histories of a range of seeds, run on several cores, and their summary."""

import gc
import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from typing import Final

from ocrcore.testing.simulation.catalogue import APPLICABLE, PAIRS, Fault
from ocrcore.testing.simulation.fakes import Factory
from ocrcore.testing.simulation.history import run_seed, uncollected

_CHUNK: Final = 200
#: Histories between two garbage collections.
_COLLECT: Final = 50
_YEAR: Final = 365.25 * 86_400 * 1_000_000


@dataclass(slots=True)
class Summary:
    """Totals of any number of histories."""

    histories: int = 0
    #: Port calls.
    calls: int = 0
    #: In microseconds of virtual time.
    lasted: int = 0
    #: (Operation, fault) -> number of injections.
    hits: Counter[tuple[str, Fault]] = field(default_factory=Counter)
    #: (Status before, status after, error code) -> number of transitions.
    edges: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    #: ``job`` -> jobs; item status -> items with this final status.
    figures: Counter[str] = field(default_factory=Counter)
    #: Seed -> its violation.
    violations: dict[int, str] = field(default_factory=dict)

    def add(self, other: "Summary") -> None:
        """Add another summary to this one."""
        self.histories += other.histories
        self.calls += other.calls
        self.lasted += other.lasted
        self.hits += other.hits
        self.edges += other.edges
        self.figures += other.figures
        self.violations |= other.violations

    def to_json(self) -> str:
        """Return the summary as one line of JSON."""
        return json.dumps(
            {
                "histories": self.histories,
                "calls": self.calls,
                "lasted": self.lasted,
                "hits": [[*pair, number] for pair, number in self.hits.items()],
                "edges": [[*edge, number] for edge, number in self.edges.items()],
                "figures": dict(self.figures),
                "violations": list(self.violations.items()),
            }
        )

    @classmethod
    def from_json(cls, line: str) -> "Summary":
        """Return the summary that :meth:`to_json` wrote."""
        fields = json.loads(line)
        return cls(
            histories=fields["histories"],
            calls=fields["calls"],
            lasted=fields["lasted"],
            hits=Counter({(operation, Fault(fault)): number for operation, fault, number in fields["hits"]}),
            edges=Counter({(before, after, code): number for before, after, code, number in fields["edges"]}),
            figures=Counter(fields["figures"]),
            violations=dict(fields["violations"]),
        )

    def lines(self) -> Iterator[str]:
        """Yield the summary as lines of text."""
        yield f"{self.histories:,} histories, {self.calls:,} port calls, {sum(self.hits.values()):,} faults,"
        yield f"{self.figures['job']:,} jobs, {self.lasted / _YEAR:.2f} virtual years"
        yield ""
        yield "faults by operation:"
        for operation, faults in APPLICABLE.items():
            yield f"  {operation:<24} " + " ".join(f"{fault} {self.hits[operation, fault]}" for fault in faults)
        rarest = min(PAIRS, key=lambda pair: self.hits[pair])
        yield f"rarest of {len(PAIRS)} pairs: {rarest[0]} {rarest[1]}, {self.hits[rarest]} times"
        yield ""
        yield "steps of items:"
        for (before, after, code), number in sorted(self.edges.items()):
            yield f"  {before:>10} -> {after:<10} {code:<18} {number}"
        yield ""
        yield f"violations: {len(self.violations)}"
        for seed, violation in sorted(self.violations.items())[:20]:
            yield f"  SEED={seed}: {violation}"


def run_range(seeds: range, factory: Factory) -> Summary:
    """Return the summary of a range of seeds, run one after the other."""
    summary = Summary()
    with uncollected():
        for number, seed in enumerate(seeds):
            verdict = run_seed(seed, factory)
            summary.histories += 1
            summary.calls += verdict.calls
            summary.lasted += verdict.lasted
            summary.hits.update(verdict.hits)
            summary.edges.update(verdict.edges)
            summary.figures.update(verdict.figures)
            if verdict.violation is not None:
                summary.violations[seed] = str(verdict.violation)
            if number % _COLLECT == 0:
                gc.collect()
    return summary


def run_campaign(
    seeds: range, factory: Factory, processes: int, *, progress: Callable[[Summary], None] | None = None
) -> Summary:
    """Return the summary of a range of seeds, run by this many processes.

    ``factory`` must be picklable, so it is a function of a module. ``progress`` is called with the total after each
    chunk of seeds.
    """
    chunks = [seeds[start : start + _CHUNK] for start in range(0, len(seeds), _CHUNK)]
    total = Summary()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for summary in pool.map(partial(run_range, factory=factory), chunks):
            total.add(summary)
            if progress is not None:
                progress(total)
    return total
