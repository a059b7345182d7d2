"""What the jobs of an owner have, from indexes: the open jobs, and the bytes of all."""

from typing import Final
from uuid import UUID

import sqlalchemy as sa

from adapters.sql.tables import JOBS
from ocrcore.domain.lifecycle import OPEN_JOBS
from ocrcore.domain.limits import Usage

#: An id that no job has.
_NONE: Final = UUID(int=0)
_OTHERS: Final = (JOBS.c.owner == sa.bindparam("who"), JOBS.c.id != sa.bindparam("but", type_=JOBS.c.id.type))
_OPEN: Final = sa.select(sa.func.coalesce(sa.func.sum(JOBS.c.pending + JOBS.c.processing), 0)).where(
    *_OTHERS, JOBS.c.status.in_([status.value for status in sorted(OPEN_JOBS)])
)
_BYTES: Final = sa.select(sa.func.coalesce(sa.func.sum(JOBS.c.stored_bytes), 0)).where(*_OTHERS)
_USAGE: Final = sa.select(_OPEN.scalar_subquery().label("items"), _BYTES.scalar_subquery().label("bytes"))


def usage_of(connection: sa.Connection, owner: str, *, but: UUID | None = None) -> Usage:
    """Return what the owner's jobs and drafts have, except one of them, with one statement and without a lock."""
    row = connection.execute(_USAGE, {"who": owner, "but": but or _NONE}).one()
    return Usage(int(row.items), int(row.bytes))
