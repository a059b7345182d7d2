"""Write the histories of owners to the log outside the database, where there is one."""

from ocrcore.application.context import BATCH, Context
from ocrcore.application.upkeep.each_entry import write_each


def log_histories_once(context: Context) -> int:
    """Write entries that are not in the log yet, oldest first; return how many were accepted.

    An entry is marked only after the log accepted it. A crash in between writes it twice, and the log replaces the
    first.
    """
    if context.history_log is None:
        return 0
    entries = context.api_keys.unlogged(BATCH)
    if not entries:
        return 0
    accepted = write_each(context.history_log.write, entries)
    logged = [entry for entry, was_accepted in zip(entries, accepted, strict=True) if was_accepted]
    context.api_keys.mark_logged(logged, context.clock.now())
    return len(logged)
