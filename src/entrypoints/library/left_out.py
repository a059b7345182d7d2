"""Pages of which a result has no text, told where nobody may look for them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_log = logging.getLogger(__name__)

#: Pages that are named; the others are counted.
_NAMED: Final = 3


def tell_of(reasons: Sequence[str]) -> None:
    """Log a warning of pages, if there are any; a reason begins with its file and page.

    A program that sets up no logging sees it on stderr. It is none of Python's warnings, because a result in part is no
    error where those are errors.
    """
    if not reasons:
        return
    number = "1 page has" if len(reasons) == 1 else f"{len(reasons)} pages have"
    more = f" And {len(reasons) - _NAMED} more." if len(reasons) > _NAMED else ""
    told = f"{number} no text in the result: {' '.join(reasons[:_NAMED])}{more}"
    _log.warning("%s", "".join(filter(str.isprintable, told)))
