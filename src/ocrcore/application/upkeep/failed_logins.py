"""Write the failed attempts to open sessions, and the keys that were refused, into the history of the operator."""

from ocrcore.application.context import Context
from ocrcore.domain.errors import Unavailable
from ocrcore.domain.key_entry import OPERATOR, keys_refused, logins_failed
from ocrcore.ports.api_keys import KeyChange


def note_failed_logins_once(context: Context) -> int:
    """Write how often each address failed in the minutes that are over; return how many entries that makes.

    Best effort: a crash of the process loses the counts of its latest minute.
    """
    failures = context.logins.take_failed(context.clock.now())
    if not failures:
        return 0
    source = str(context.ids.new())
    entries = [
        (keys_refused if failed.of_requests else logins_failed)(failed.address, failed.count, failed.minute, source)
        for failed in failures
    ]
    try:
        context.api_keys.change(OPERATOR, context.clock.now(), lambda _: KeyChange([], entries))
    except Unavailable:
        context.logins.put_back(failures)
        raise
    return len(failures)
