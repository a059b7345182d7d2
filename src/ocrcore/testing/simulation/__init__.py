"""Deterministic simulation: whole histories of the service in virtual time, from one seed each.

Several processes of the API and of workers run the real use cases and steps, unmodified, on fakes. At every call of
a port they take turns, drawn from the seed, and anything that can go wrong may go wrong: errors before and after the
effect, delays, refusals of single entries, messages twice, crashes, pauses, clocks that leap. Then everything heals
and must become finished within the time that is promised. A witness that knows none of the product's rules compares
the rows before and after every commit; a violation names its seed, and the seed replays it, call by call.
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
