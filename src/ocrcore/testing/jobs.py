"""The contract of ``Jobs``."""

from ocrcore.testing.jobs_drafts import JobsDraftsContract
from ocrcore.testing.jobs_keys import JobsKeysContract
from ocrcore.testing.jobs_model import JobsModelContract
from ocrcore.testing.jobs_races import JobsRacesContract
from ocrcore.testing.jobs_reads import JobsReadsContract
from ocrcore.testing.jobs_sweeps import JobsSweepsContract
from ocrcore.testing.jobs_transactions import JobsTransactionsContract


class JobsContract(
    JobsTransactionsContract,
    JobsSweepsContract,
    JobsReadsContract,
    JobsKeysContract,
    JobsDraftsContract,
    JobsRacesContract,
    JobsModelContract,
):
    """The contract of ``Jobs`` and ``JobTransaction``. Override the fixture ``record``."""
