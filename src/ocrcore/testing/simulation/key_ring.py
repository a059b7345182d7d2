"""The keys of one simulated owner, and what becomes of them while its requests are under way."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from ocrcore.application.access.keys import NewKey
from ocrcore.domain.api_key import ApiKey
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import KeyNotFound, OcrError, Unauthenticated
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, Kernel, Process
from ocrcore.testing.simulation.world import World

if TYPE_CHECKING:
    from ocrcore.testing.simulation.clients import Client

#: What an owner, or the operator for it, does with keys, in proportion to its frequency.
_ACTS: Final = (*("revoke",) * 3, *("revoke during",) * 4, "revoke held", "rotate", "short", "another", "list", "pry")
#: How long a new key lives, if it ends by itself.
_LIVES: Final = (None, None, None, timedelta(seconds=20), timedelta(seconds=60))
_OVERLAP: Final = timedelta(seconds=5)
#: Most turns of others before a key is revoked while it is used.
_TURNS: Final = 24
#: Most tries of the operator to make a key, and the pause in between.
_TRIES: Final = 5
_PAUSE: Final = 3 * SECOND
#: How often, and how many times, a held request looks at its key.
_LOOK: Final = 2 * SECOND
_LOOKS: Final = 6
#: How long a client waits for its own other request.
_PATIENCE: Final = 600 * SECOND


class KeyRing:
    """The keys of an owner. Its client goes on with a key until that is refused, and asks the operator for another."""

    def __init__(self, client: "Client", kernel: Kernel, world: World, owner: str, house: Process) -> None:
        self._client, self._kernel, self._world, self._owner, self._house = client, kernel, world, owner, house
        self._made = 0
        self._text, self._id = "", ""
        #: Whether the service refused the key.
        self.is_refused = True

    def renew(self, expires_in: timedelta | None = None) -> None:
        """Get a key of the operator, if the service lets it make one."""
        for _ in range(_TRIES):
            self._made += 1
            make = partial(self._make, name=f"key {self._made}", expires_in=expires_in)
            if self._take(self._client.ask_as_operator(make)):
                return
            self._kernel.sleep(_PAUSE)

    def _make(self, process: Process, name: str, expires_in: timedelta | None) -> NewKey:
        return process.service.keys.create(self._owner, name=name, expires_in=expires_in)

    def enter(self, process: Process) -> Caller:
        """Return the caller of a request, by the current key, as the service sees it."""
        kernel, actor, key_id = self._kernel, self._kernel.current, self._id
        since, clock, owners = kernel.now, kernel.now + process.skew, self._world.checker.owners
        try:
            caller = process.service.authenticate(self._text)
        except Unauthenticated:
            owners.shut_out(key_id, since, process.last_now)
            self.is_refused = self.is_refused or key_id == self._id
            raise
        owners.admitted(key_id, since, clock)
        if caller.owner != self._owner:
            kernel.fail(Invariant.OWNERS_APART, f"a key of {self._owner} opened the service to {caller.owner}")
        assert actor is not None
        actor.key_id = key_id
        return caller

    def live(self) -> None:
        """Do something with the keys."""
        match self._kernel.random.choice(_ACTS):
            case "revoke":
                self._revoke()
            case "revoke during":
                self._revoke_during(self._client.submit_something, _TURNS, 0)
            case "revoke held":
                self._revoke_during(self._hold, 1, 10)
            case "rotate":
                self._rotate()
            case "short":
                self.renew(self._kernel.random.choice(_LIVES))
            case "another":
                self._make_another()
            case "list":
                self.list()
            case _:
                self._pry()

    def _take(self, answer: object) -> bool:
        """Use a new key from now on."""
        if isinstance(answer, OcrError):
            self._client.check_error(answer)
        if not isinstance(answer, NewKey):
            return False
        if answer.key.owner != self._owner:
            self._kernel.fail(Invariant.OWNERS_APART, f"{self._owner} was given a key of {answer.key.owner}")
        self._text, self._id, self.is_refused = answer.text, answer.key.id, False
        return True

    def _revoke(self) -> None:
        """End the key that is in use, by itself or by the operator, and go on with it."""
        key_id = self._id
        if self._kernel.random.random() < 0.5:
            answer = self._client.ask(lambda process: process.service.keys_of(self.enter(process)).revoke(key_id))
        else:
            answer = self._client.ask_as_operator(lambda process: process.service.keys.revoke(key_id))
        if isinstance(answer, OcrError):
            self._client.check_error(answer)
        if isinstance(answer, ApiKey):
            self._world.checker.owners.revoked(answer)

    def _revoke_during(self, use: Callable[[], object], turns: int, seconds: int) -> None:
        """End the key while something goes on with it, after up to so many turns of others and seconds."""
        done: list[bool] = []

        def revoke() -> None:
            for _ in range(self._kernel.random.randrange(turns)):
                self._kernel.step_aside()
            self._kernel.sleep(int(self._kernel.random.random() * seconds * SECOND))
            self._revoke()
            done.append(True)

        self._kernel.spawn(self._house, f"revoker-{self._owner}", revoke)
        use()
        self._kernel.sleep(_PATIENCE, lambda: bool(done))

    def _hold(self) -> None:
        """Make a request that is held, as one that waits for a job, and looks at its key every two seconds."""

        def hold(process: Process) -> None:
            caller = self.enter(process)
            jobs = process.service.by(caller)
            for _ in range(_LOOKS):
                self._kernel.sleep(_LOOK)
                since, clock = self._kernel.now, self._kernel.now + process.skew
                jobs.require_alive()
                self._world.checker.owners.admitted(caller.key_id or "", since, clock)

        answer = self._client.ask(hold)
        if isinstance(answer, OcrError):
            self._client.check_error(answer)

    def _rotate(self) -> None:
        key_id = self._id
        self._take(self._client.ask_as_operator(lambda process: process.service.keys.rotate(key_id, overlap=_OVERLAP)))

    def _make_another(self) -> None:
        """Make a key by the one that is in use."""
        self._made += 1
        name, life = f"key {self._made}", self._kernel.random.choice(_LIVES)
        self._take(
            self._client.ask(
                lambda process: process.service.keys_of(self.enter(process)).create(name=name, expires_in=life)
            )
        )

    def list(self) -> None:
        """Ask for the keys of the owner."""
        keys = self._client.ask(lambda process: process.service.keys_of(self.enter(process)).list())
        if isinstance(keys, list) and any(key.owner != self._owner for key in keys):
            self._kernel.fail(Invariant.OWNERS_APART, f"{self._owner} was shown keys of others")

    def _pry(self) -> None:
        """Try to end another owner's key."""
        foreign = [key.id for key in self._world.fakes.tables.api_keys.values() if key.owner != self._owner]
        if not foreign:
            return
        key_id = self._kernel.random.choice(foreign)
        answer = self._client.ask(lambda process: process.service.keys_of(self.enter(process)).revoke(key_id), "pry")
        is_barred = isinstance(answer, OcrError) and (
            str(answer) == KeyNotFound.sentence or not isinstance(answer, KeyNotFound)
        )
        if answer is not None and not is_barred:
            self._kernel.fail(Invariant.OWNERS_APART, f"{self._owner} revoked key {key_id} of another: {answer!r}")
