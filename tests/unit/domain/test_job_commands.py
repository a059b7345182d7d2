import pytest

from ocrcore.domain.errors import JobFinished, JobOpen, Refusal
from ocrcore.domain.lifecycle import Counts, JobCommand, JobStatus
from unit.domain.examples import job

COUNTS = {
    JobStatus.PENDING: Counts(1, pending=1),
    JobStatus.PROCESSING: Counts(1, processing=1),
    JobStatus.DONE: Counts(1, done=1),
    JobStatus.ERROR: Counts(1, error=1),
    JobStatus.EXPIRED: Counts(1, error=1, expired=1),
}

#: Command, then what is raised while PENDING, PROCESSING, DONE, ERROR, EXPIRED: the table, by hand.
TABLE: list[tuple[JobCommand, list[type[Refusal] | None]]] = [
    (JobCommand.RENAME, [None, None, None, None, None]),
    (JobCommand.DELETE, [None, None, None, None, None]),
    (JobCommand.CANCEL, [None, None, JobFinished, JobFinished, JobFinished]),
    (JobCommand.RETRY, [JobOpen, JobOpen, JobFinished, None, None]),
]
CELLS = [(command, status, cell) for command, cells in TABLE for status, cell in zip(JobStatus, cells, strict=True)]


@pytest.mark.parametrize(("command", "status", "refusal"), CELLS)
def test_a_command_is_taken_or_refused_as_its_cell_says(
    command: JobCommand, status: JobStatus, refusal: type[Refusal] | None
) -> None:
    example = job(COUNTS[status])
    assert example.status is status
    if refusal is None:
        example.allow(command)
    else:
        with pytest.raises(refusal):
            example.allow(command)


def test_every_command_meets_every_status() -> None:
    assert {(command, status) for command, status, _ in CELLS} == {(c, s) for c in JobCommand for s in JobStatus}
