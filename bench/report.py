"""The report: figures and their goals, as tables in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """A lower or an upper bound for a figure."""

    bound: float
    at_least: bool = False

    def allows(self, value: float) -> bool:
        """Return whether the figure reaches the goal."""
        return value >= self.bound if self.at_least else value <= self.bound

    def shown(self, unit: str) -> str:
        """Return the goal as text."""
        return f"{'≥' if self.at_least else '≤'} {number(self.bound)}{unit}"


def at_least(bound: float) -> Goal:
    """Return the goal of a lower bound."""
    return Goal(bound, at_least=True)


def at_most(bound: float) -> Goal:
    """Return the goal of an upper bound."""
    return Goal(bound)


@dataclass(frozen=True)
class Figure:
    """A measured value, with a goal or without."""

    name: str
    value: float
    #: With the blank before it: ``" ms"``; ``" x"`` for a ratio.
    unit: str
    goal: Goal | None = None

    @property
    def met(self) -> bool:
        """Whether the goal is reached; True without a goal."""
        return self.goal is None or self.goal.allows(self.value)

    def line(self) -> str:
        """Return the row of the table."""
        goal = self.goal.shown(self.unit) if self.goal else ""
        reached = "" if not self.goal else "yes" if self.met else "**no**"
        return f"| {self.name} | {number(self.value)}{self.unit} | {goal} | {reached} |"


@dataclass(frozen=True)
class Table:
    """Related figures, and how they were measured."""

    title: str
    how: str
    figures: Sequence[Figure]

    def text(self) -> str:
        """Return the table in Markdown."""
        return "\n".join([f"## {self.title}", "", self.how, "", *_table_of(self.figures), ""])


def _table_of(figures: Sequence[Figure]) -> Sequence[str]:
    return ["| figure | measured | goal | reached |", "|---|---|---|---|", *(figure.line() for figure in figures)]


def number(value: float) -> str:
    """Return a number with three significant digits, or with all before the point."""
    if value == 0 or abs(value) >= 100:  # noqa: PLR2004 - three digits
        return f"{value:,.0f}"
    return f"{value:.3g}"


@dataclass(frozen=True)
class Grid:
    """A table with columns of its own, and below it the figures that follow from it, of which some have goals."""

    title: str
    how: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: Sequence[Figure] = ()

    def text(self) -> str:
        """Return the table in Markdown."""
        lines = [self.heads, ["---"] * len(self.heads), *self.rows]
        goals = ["", *_table_of(self.figures)] if self.figures else []
        rows = (f"| {' | '.join(line)} |" for line in lines)
        return "\n".join([f"## {self.title}", "", self.how, "", *rows, *goals, ""])
