"""Work on many at once: what a few of them make fail is done for the others."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from ocrcore.domain.errors import Unavailable

Part = TypeVar("Part")
Result = TypeVar("Result")


def by_halves(
    work: Callable[[Sequence[Part]], Sequence[Result]],
    parts: Sequence[Part],
    give_up: Callable[[Part], Sequence[Result]],
) -> Sequence[Result]:
    """Return the results for all parts; where they fail together, of each half, and so on.

    A part that fails alone has what ``give_up`` returns for it, which is called while the error is handled. What was
    done before may be done again. Raises ``Unavailable`` at once, because the next part would fail too.
    """
    if not parts:
        return []
    try:
        return work(parts)
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 - one invalid part must not keep the others from being worked on
        if len(parts) == 1:
            return give_up(parts[0])
    half = len(parts) // 2
    return [*by_halves(work, parts[:half], give_up), *by_halves(work, parts[half:], give_up)]
