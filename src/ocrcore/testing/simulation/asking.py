"""The requests of one owner, and of the operator for it, to the API processes."""

from collections.abc import Callable
from typing import Any, Final

from ocrcore.application.jobs.owner_jobs import OwnerJobs
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import OcrError, Refusal, Unavailable
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, Actor, Kernel, Process
from ocrcore.testing.simulation.key_ring import KeyRing
from ocrcore.testing.simulation.processes import Processes
from ocrcore.testing.simulation.world import World

#: How long a client waits for a response.
_TIMEOUT: Final = 120 * SECOND


class Asking:
    """Sends requests to any API process, by the key of the owner if the service asks for one."""

    _keys: KeyRing | None = None

    def __init__(self, kernel: Kernel, world: World, processes: Processes, owner: str) -> None:
        self._kernel = kernel
        self._world = world
        self.processes = processes
        self._owner = owner

    def ask(self, what: Callable[[Process], Any], intent: str = "") -> Any:  # noqa: ANN401 - the type of any response
        """Return the response of an API process: a value, an ``OcrError``, or None if there was no response."""
        if self._keys and self._keys.is_refused:
            self._keys.renew()
        return self._ask(what, intent, self._owner)

    def ask_for_stream(self, what: Callable[[Process], Any]) -> Any:  # noqa: ANN401 - the type of any response
        """Return what :meth:`ask` does for a stream of events, which changes nothing and may last longer than all."""
        return self._ask(what, "", self._owner, is_stream=True)

    def ask_as_operator(self, what: Callable[[Process], Any]) -> Any:  # noqa: ANN401 - the type of any response
        """Return the response to a request of the operator."""
        return self._ask(what, "", "")

    def _ask(self, what: Callable[[Process], Any], intent: str, owner: str, *, is_stream: bool = False) -> Any:  # noqa: ANN401 - the type of any response
        kernel = self._kernel
        live = self.processes.live("api")
        if not live:
            kernel.sleep(5 * SECOND)
            return None
        process = kernel.random.choice(live)
        answers: list[Any] = []

        def serve() -> None:
            try:
                answers.append(what(process))
            except OcrError as error:
                answers.append(error)
            process.requests -= not is_stream

        process.requests += not is_stream
        request: Actor = kernel.spawn(process, f"request-{owner or 'operator'}", serve)
        request.intent, request.owner = intent, owner
        self._world.checker.quotas.begun(request)
        kernel.sleep(_TIMEOUT, lambda: bool(answers) or process.dead, of=process)
        return answers[0] if answers else None

    def caller(self, process: Process) -> Caller:
        """Return this owner as the caller of a request, by its key if the service asks for one."""
        return Caller(self._owner) if self._keys is None else self._keys.enter(process)

    def verbs(self, process: Process) -> OwnerJobs:
        """Return the verbs of this owner, by its key if the service asks for one."""
        if self._keys is None:
            return process.service.of(self._owner)
        return process.service.by(self._keys.enter(process))

    def check_error(self, error: OcrError) -> None:
        if not isinstance(error, Refusal | Unavailable) or not error.code or not str(error):
            self._kernel.fail(Invariant.ERRORS_CODED, f"a user was shown {error!r}")
