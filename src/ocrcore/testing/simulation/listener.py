"""The listener: unexpected errors that a step only logs become violations."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ocrcore.testing.simulation.engine_effects import SimulatedBug
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import Kernel, Violation

_LOGGER: Final = "ocrcore"


class _Listener(logging.Handler):
    def __init__(self, kernel: Kernel) -> None:
        super().__init__(logging.ERROR)
        self._kernel = kernel

    def emit(self, record: logging.LogRecord) -> None:
        """Record an error that was not simulated as a violation; the actor continues."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None or isinstance(error, SimulatedBug) or self._kernel.violation is not None:
            return
        self._kernel.violation = Violation(Invariant.ERRORS_CODED, f"{record.name} logged {error!r}")
        self._kernel.violation.__cause__ = error


@contextmanager
def listening(kernel: Kernel) -> Iterator[None]:
    """Make unexpected errors in the log of the core violations, and keep the log from other handlers."""
    logger, listener = logging.getLogger(_LOGGER), _Listener(kernel)
    disabled, propagated = logging.root.manager.disable, logger.propagate
    logging.disable(logging.WARNING)
    logger.addHandler(listener)
    logger.propagate = False
    try:
        yield
    finally:
        logging.disable(disabled)
        logger.removeHandler(listener)
        logger.propagate = propagated
