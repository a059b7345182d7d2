"""What came of one fuzzed input."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

#: Most wrong cases that a report names.
_NAMED = 20


@dataclass(frozen=True)
class Case:
    """One input, made from its seed alone."""

    seed: int
    #: The name of the answer, such as a code.
    outcome: str
    #: What was wrong with it, or nothing.
    wrong: str = ""


@dataclass
class Report:
    """The outcomes of many cases."""

    title: str
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[Case] = field(default_factory=list)

    @property
    def cases(self) -> int:
        """The number of cases so far."""
        return self.outcomes.total()

    def add(self, case: Case) -> None:
        """Count a case."""
        self.outcomes[case.outcome] += 1
        if case.wrong:
            self.wrong.append(case)

    def lines(self) -> Iterable[str]:
        """Yield the report."""
        yield f"{self.title}: {self.cases:,} cases, {len(self.wrong)} wrong"
        for outcome, number in self.outcomes.most_common():
            yield f"  {number:>9,}  {outcome}"
        for case in self.wrong[:_NAMED]:
            yield f"  WRONG with seed {case.seed}: {case.wrong}"
