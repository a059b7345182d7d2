import asyncio
from uuid import UUID

from entrypoints.http.event_streams import EventStream
from ocrcore.application.jobs.changes import Gone
from ocrcore.domain.caller import Caller

JOB = UUID(int=1)


def test_a_job_that_was_read_as_gone_is_not_told_again_when_a_look_finds_it() -> None:
    async def told() -> bytes:
        stream, gone = EventStream(Caller("ana"), JOB), Gone(JOB, "ana")
        stream.see(gone)
        stream.note(gone, b"gone")
        return stream.take()

    assert asyncio.run(told()) == b""
