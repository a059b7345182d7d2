"""The contract of ``Jobs``."""

from ocrcore.testing.jobs_corrections import JobsCorrectionsContract
from ocrcore.testing.jobs_drafts import JobsDraftsContract
from ocrcore.testing.jobs_keys import JobsKeysContract
from ocrcore.testing.jobs_model import JobsModelContract
from ocrcore.testing.jobs_races import JobsRacesContract
from ocrcore.testing.jobs_reads import JobsReadsContract
from ocrcore.testing.jobs_sweeps import JobsSweepsContract
from ocrcore.testing.jobs_transactions import JobsTransactionsContract
from ocrcore.testing.jobs_usage import JobsUsageContract


class JobsContract(
    JobsTransactionsContract,
    JobsSweepsContract,
    JobsReadsContract,
    JobsKeysContract,
    JobsDraftsContract,
    JobsUsageContract,
    JobsCorrectionsContract,
    JobsRacesContract,
    JobsModelContract,
):
    """The contract of ``Jobs`` and ``JobTransaction``. Override the fixture ``record``."""
