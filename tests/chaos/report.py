"""The report: what any number of rounds showed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass
class Report:
    """Figures, and a sentence for everything that was not as promised."""

    rounds: int = 0
    jobs: int = 0
    pages: int = 0
    #: Notices that receivers took, each once however often it came.
    notices: int = 0
    mischief: Counter[str] = field(default_factory=Counter)
    #: Seconds from the last mischief until all was finished, of each round.
    recoveries: list[float] = field(default_factory=list)
    #: Seconds from then, when receivers are well, until all notices were taken, without the waits between attempts.
    settled: list[float] = field(default_factory=list)
    #: Seconds from SIGTERM to the exit.
    exits: list[float] = field(default_factory=list)
    #: Seconds from the exit until what was not finished could be had by others.
    returns: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: "Report") -> None:
        """Add what others saw."""
        self.rounds += other.rounds
        self.jobs += other.jobs
        self.pages += other.pages
        self.notices += other.notices
        self.mischief += other.mischief
        self.recoveries += other.recoveries
        self.settled += other.settled
        self.exits += other.exits
        self.returns += other.returns
        self.wrong += other.wrong

    def lines(self) -> Sequence[str]:
        """Return it for people."""
        kinds = Counter(sentence.partition(":")[0] for sentence in self.wrong)
        twice = kinds["doubled"] + kinds["miscounted"]
        times = (
            ("from the last mischief until all was finished", self.recoveries),
            ("from then until all notices were taken", self.settled),
            ("from SIGTERM to the exit", self.exits),
            ("from the exit until others could have what was left", self.returns),
        )
        return [
            f"{self.rounds} rounds, {self.jobs} jobs, {self.pages} pages, {self.notices} notices",
            "mischief: " + ", ".join(f"{deed} {number}" for deed, number in sorted(self.mischief.items())),
            *(f"{what}: {len(t)} times, median {median(t):.1f} s, longest {max(t):.1f} s" for what, t in times if t),
            f"{kinds['lost']} lost, {kinds['stuck']} stuck, {twice} counted twice, {kinds['left']} left behind",
            f"{len(self.wrong)} wrong in all",
            *self.wrong[:40],
        ]
