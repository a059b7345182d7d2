"""Pages of which a result has no text, told where nobody may look for them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Pages that are named; the others are counted.
_NAMED: Final = 3


class PagesMissing(UserWarning):
    """A result has no text of pages, because they could not be recognised; the warning names them, with the reasons.

    ``warnings.simplefilter("error", PagesMissing)`` makes it an error, ``"ignore"`` silent.
    """


def warn_of(reasons: Sequence[str], *, level: int) -> None:
    """Warn of pages, if there are any; a reason begins with its file and page. ``level`` is as for ``warnings.warn``.

    Python shows a warning once for each line of a program, unless it is told otherwise.
    """
    if not reasons:
        return
    number = "1 page has" if len(reasons) == 1 else f"{len(reasons)} pages have"
    more = f" And {len(reasons) - _NAMED} more." if len(reasons) > _NAMED else ""
    told = f"{number} no text in the result: {' '.join(reasons[:_NAMED])}{more}"
    warnings.warn(told, PagesMissing, stacklevel=level + 1)
