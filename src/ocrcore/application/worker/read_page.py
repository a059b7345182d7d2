"""Read a page: one look and, where its reading is in doubt and there is time, a second one in the same attempt.

The engine may have to turn the page or to make its lines level, or another engine may see more
(:mod:`ocrcore.domain.looks`). All looks share one attempt, one lease and one timeout. Whatever happens to the second
look, the first reading is there.
"""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta

from ocrcore.application.context import Context
from ocrcore.application.worker.attempt import Attempt
from ocrcore.domain.codes import ItemWarning
from ocrcore.domain.layout import Layout
from ocrcore.domain.looks import (
    Doubt,
    Look,
    SecondLook,
    counts_instead,
    doubt_of,
    is_worth_a_look,
    second_engine,
    with_its_warning,
)
from ocrcore.ports.engine import EngineFailure, EngineStopped, EngineUnavailable, Page

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """The layout that counts, and the looks at the page in their order."""

    layout: Layout
    looks: tuple[Look, ...]


def read_page(context: Context, attempt: Attempt, page: Page) -> Reading:
    """Return the reading of a page. Raises what the engine raises at the first look."""
    reading = _read_page(context, attempt, page)
    return replace(reading, layout=with_its_warning(reading.layout))


def _read_page(context: Context, attempt: Attempt, page: Page) -> Reading:
    begun = context.clock.now()
    with context.tracer.span("engine", attempt.delivery.request_id):
        first = context.engine.recognise(page, timeout=context.policy.item_timeout, stop=attempt.stop)
    took = max(context.clock.now() - begun, timedelta())
    reading = Reading(first, (Look.of(first, took),))
    doubt = doubt_of(first, page.options)
    if doubt is None or not first.is_whole:
        return reading
    engine = second_engine(doubt, first, page.options, context.engine.offers, context.engine.default)
    if engine is None:
        return reading
    again = replace(page, options=page.options.read_by(engine))
    reading, outcome = _look_again(context, attempt, again, doubt, reading, took)
    context.meter.looked_again(outcome)
    return reading


def _look_again(
    context: Context, attempt: Attempt, page: Page, doubt: Doubt, reading: Reading, took: timedelta
) -> tuple[Reading, SecondLook]:
    first, left = reading.layout, context.policy.item_timeout - took
    if not is_worth_a_look(took, left):
        return _cut(reading), SecondLook.NO_TIME
    offers, engine = context.engine.offers, page.options.engine
    version = offers[engine].version if engine in offers else engine
    begun = context.clock.now()

    def ended(outcome: SecondLook, second: Layout | None = None) -> Look:
        took = max(context.clock.now() - begun, timedelta())
        if second is None:
            return Look.without_reading(version, took, outcome)
        return Look.of(second, took, outcome)

    try:
        with context.tracer.span("engine", attempt.delivery.request_id, look=2):
            second = context.engine.recognise_again(page, doubt, timeout=left, stop=attempt.stop)
    except (EngineFailure, EngineStopped, EngineUnavailable):
        return _cut(reading, ended(SecondLook.FAILED)), SecondLook.FAILED
    except Exception:  # noqa: BLE001 - whatever it is, the page has been read
        _log.exception("unexpected error in a second look", extra={"item_id": str(attempt.item.id)})
        return _cut(reading, ended(SecondLook.FAILED)), SecondLook.FAILED
    if second is None:
        return replace(reading, looks=(*reading.looks, ended(SecondLook.SAME))), SecondLook.SAME
    if not second.is_whole or not context.policy.allows_text(second.text):
        return _cut(reading, ended(SecondLook.FAILED, second)), SecondLook.FAILED
    outcome = SecondLook.BETTER if counts_instead(first, second) else SecondLook.NOT_BETTER
    layout = second if outcome is SecondLook.BETTER else first
    return Reading(layout, (*reading.looks, ended(outcome, second))), outcome


def _cut(reading: Reading, *looks: Look) -> Reading:
    """Return the first reading with a warning, and the look that failed, if one began."""
    warnings = (*reading.layout.warnings, ItemWarning.SECOND_LOOK_CUT)
    return Reading(replace(reading.layout, warnings=warnings), (*reading.looks, *looks))
