"""The report: figures beside their goals, as tables in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """What a figure should be at least, or at most."""

    bound: float
    at_least: bool = False

    def allows(self, value: float) -> bool:
        """Tell whether the figure is as it should be."""
        return value >= self.bound if self.at_least else value <= self.bound

    def shown(self, unit: str) -> str:
        """Return the goal for people."""
        return f"{'≥' if self.at_least else '≤'} {number(self.bound)}{unit}"


def at_least(bound: float) -> Goal:
    """Return the goal of reaching so much."""
    return Goal(bound, at_least=True)


def at_most(bound: float) -> Goal:
    """Return the goal of staying below so much."""
    return Goal(bound)


@dataclass(frozen=True)
class Figure:
    """Something measured, and its goal where it has one."""

    name: str
    value: float
    #: With its blank: ``" ms"``; ``" x"`` for a ratio.
    unit: str
    goal: Goal | None = None

    @property
    def met(self) -> bool:
        """Whether there is no goal, or it is reached."""
        return self.goal is None or self.goal.allows(self.value)

    def line(self) -> str:
        """Return a line of the table."""
        goal = self.goal.shown(self.unit) if self.goal else ""
        reached = "" if not self.goal else "yes" if self.met else "**no**"
        return f"| {self.name} | {number(self.value)}{self.unit} | {goal} | {reached} |"


@dataclass(frozen=True)
class Table:
    """Figures of one kind, and how they were measured."""

    title: str
    how: str
    figures: Sequence[Figure]

    def text(self) -> str:
        """Return the table in Markdown."""
        head = ["| figure | measured | goal | reached |", "|---|---|---|---|"]
        return "\n".join([f"## {self.title}", "", self.how, "", *head, *(figure.line() for figure in self.figures), ""])


def number(value: float) -> str:
    """Return a number in as many digits as say something."""
    if value == 0 or abs(value) >= 100:  # noqa: PLR2004 - three digits
        return f"{value:,.0f}"
    return f"{value:.3g}"
