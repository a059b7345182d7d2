"""Fault injection: a wrapper around an adapter whose calls fail before or after their effect."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Generic, TypeVar, cast

P = TypeVar("P")


@dataclass(slots=True)
class _Plan:
    before: deque[Exception] = field(default_factory=deque)
    after: deque[Exception] = field(default_factory=deque)


class Faulty(Generic[P]):
    """Wraps an adapter; :attr:`port` behaves like the adapter, except for the injected faults.

    ``before`` makes the next call of a verb fail without effect, ``after`` with its effect and a lost response. Faults
    of one verb are used up in order, one for each call; ``times`` adds a fault several times.
    """

    def __init__(self, adapter: P) -> None:
        self._adapter = adapter
        self._plans: dict[str, _Plan] = {}

    @property
    def port(self) -> P:
        """The wrapped adapter."""
        return cast("P", self)

    def before(self, verb: str, error: Exception, times: int = 1) -> None:
        """Make the next calls of a verb fail without effect."""
        self._plans.setdefault(verb, _Plan()).before.extend([error] * times)

    def after(self, verb: str, error: Exception, times: int = 1) -> None:
        """Make the next calls of a verb fail after their effect."""
        self._plans.setdefault(verb, _Plan()).after.extend([error] * times)

    def __getattr__(self, verb: str) -> Any:  # noqa: ANN401 - the type of any attribute
        attribute = getattr(self._adapter, verb)
        plan = self._plans.get(verb)
        return _faulty(attribute, plan) if plan is not None and callable(attribute) else attribute


def _faulty(call: Callable[..., Any], plan: _Plan) -> Callable[..., Any]:
    @wraps(call)
    def faulty(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the types of any verb
        if plan.before:
            raise plan.before.popleft()
        answer = call(*args, **kwargs)
        if plan.after:
            raise plan.after.popleft()
        return answer

    return faulty
