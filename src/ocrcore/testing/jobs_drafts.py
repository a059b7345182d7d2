"""The contract of ``Jobs`` about drafts whose files are uploaded to addresses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ocrcore.domain.codes import JobWarning
from ocrcore.domain.errors import JobNotFound
from ocrcore.domain.file_warning import FileWarning
from ocrcore.domain.idempotency import IdempotencyKey, IdempotencyKeyTaken
from ocrcore.domain.job import Job
from ocrcore.domain.options import MAX_LANGUAGES, JobOptions
from ocrcore.ports.jobs import JobFilter, JobTransaction
from ocrcore.testing.builders import START, StateOfRecord, a_draft, a_page, an_announced_draft, an_id, submit
from ocrcore.testing.record import RecordContract

_CODE = JobWarning.SIGNATURE
_KEY = IdempotencyKey("key-1", "0" * 64)


def _save(record: StateOfRecord, draft: Job, change: Callable[[Job], Job]) -> Job:
    return record.jobs.transact(draft.id, lambda transaction: transaction.save(change(transaction.job)))


class JobsDraftsContract(RecordContract):
    """The contract of drafts with uploads; part of ``JobsContract``."""

    def test_a_draft_with_uploads_is_shown_to_its_owner(self, record: StateOfRecord) -> None:
        draft = an_announced_draft()
        record.jobs.add(draft)
        assert record.jobs.get(draft.id, "ana") == draft
        with pytest.raises(JobNotFound):
            record.jobs.get(draft.id, "bob")

    def test_it_is_in_no_list(self, record: StateOfRecord) -> None:
        draft = an_announced_draft()
        record.jobs.add(draft)
        assert record.jobs.list("ana", JobFilter(), None, 10) == []
        assert record.jobs.list("ana", JobFilter(name_prefix="scan"), None, 10) == []
        assert record.jobs.open_deadlines([draft.id]) == {}

    def test_what_becomes_of_it_is_kept(self, record: StateOfRecord) -> None:
        draft = an_announced_draft()
        record.jobs.add(draft)
        changes: list[Callable[[Job], Job]] = [
            lambda job: job.with_addresses(START + timedelta(minutes=5)),
            lambda job: job.with_submit((an_id(7), an_id(8)), START),
            lambda job: job.with_submit((an_id(9), an_id(10)), START + timedelta(minutes=1)),
            lambda job: job.purged(START),
        ]
        for change in changes:
            saved = _save(record, draft, change)
            assert record.jobs.get(draft.id, "ana") == saved

    def test_a_job_is_without_uploads_after_the_last_purge(self, record: StateOfRecord) -> None:
        draft = an_announced_draft()
        record.jobs.add(draft)

        def submit(transaction: JobTransaction) -> Job:
            transaction.add([a_page(draft)])
            return transaction.save(transaction.job.submitted(START, 1))

        assert record.jobs.transact(draft.id, submit).uploads is not None
        late = START + timedelta(hours=1)
        purged = _save(record, draft, lambda job: job.purged(late))
        assert purged.uploads is None
        assert record.jobs.get(draft.id, "ana") == purged

    def test_many_files_with_long_names_fit(self, record: StateOfRecord) -> None:
        draft = an_announced_draft(files=1000, name="\N{SNOWMAN}" * 255)
        record.jobs.add(draft)
        assert record.jobs.get(draft.id, "ana") == draft

    def test_many_warnings_about_files_with_long_names_fit(self, record: StateOfRecord) -> None:
        warnings = tuple(FileWarning(index, "\N{CYRILLIC SMALL LETTER ZHE}" * 255, _CODE) for index in range(1000))
        languages = tuple(f"{number}{'x' * 60}" for number in range(MAX_LANGUAGES))
        draft = replace(a_draft(), warnings=warnings, options=JobOptions(languages=languages))
        job = submit(record.jobs, draft)
        assert record.jobs.get(job.id, "ana") == job
        assert (job.warnings, job.options.languages) == (warnings, languages)

    def test_it_is_found_by_its_key(self, record: StateOfRecord) -> None:
        draft = replace(an_announced_draft(), idempotency=_KEY)
        record.jobs.add(draft)
        assert record.jobs.find("ana", "key-1") == draft
        assert record.jobs.find("bob", "key-1") is None

    def test_its_key_may_be_taken(self, record: StateOfRecord) -> None:
        first, second = (replace(an_announced_draft(number), idempotency=_KEY) for number in (1, 2))
        record.jobs.add(first)
        with pytest.raises(IdempotencyKeyTaken):
            record.jobs.add(second)
        with pytest.raises(JobNotFound):
            record.jobs.get(second.id, "ana")
        record.jobs.add(replace(an_announced_draft(3), owner="bob", idempotency=_KEY))

    def test_a_job_cannot_have_its_key(self, record: StateOfRecord) -> None:
        record.jobs.add(replace(an_announced_draft(1), idempotency=_KEY))
        record.jobs.add(a_draft(2))
        with pytest.raises(IdempotencyKeyTaken):
            record.jobs.transact(
                a_draft(2).id, lambda transaction: transaction.save(replace(transaction.job, idempotency=_KEY))
            )
