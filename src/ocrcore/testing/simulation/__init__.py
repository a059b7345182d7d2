"""Deterministic simulation: complete histories of the service in virtual time, each determined by a seed.

Several API and worker processes run the real use cases and steps, unmodified, on fakes. At every port call the seed
decides which process continues, and whether a fault is injected: an error before or after the effect, a delay, a
partly accepted batch, a duplicate message, a crash, a pause, a clock that jumps. Then the faults end, and all jobs must
finish within the promised time. Invariant checkers that share no rule with the product compare the rows before and
after every commit. A violation is reported with its seed, which replays the history call by call.
"""

from ocrcore.testing.simulation.catalogue import APPLICABLE, PAIRS, Fault
from ocrcore.testing.simulation.fakes import Factory, Fakes, Message, Tables
from ocrcore.testing.simulation.history import History, Verdict, run_seed, uncollected
from ocrcore.testing.simulation.kernel import Violation
from ocrcore.testing.simulation.plan import Plan, plan_of

__all__ = [
    "APPLICABLE",
    "PAIRS",
    "Factory",
    "Fakes",
    "Fault",
    "History",
    "Message",
    "Plan",
    "Tables",
    "Verdict",
    "Violation",
    "plan_of",
    "run_seed",
    "uncollected",
]
