"""The policy of the operator: a module of its own, because every command reads it, and few need the context."""

from dataclasses import dataclass, field
from datetime import timedelta

from ocrcore.domain.access_token import TokenRules
from ocrcore.domain.limits import Quotas
from ocrcore.domain.options import AUTO


@dataclass(frozen=True, slots=True)
class Policy:
    """The operator's settings; the defaults suit most deployments."""

    #: Longest time from submission to the deadline, and its default.
    job_ttl: timedelta = timedelta(days=2)
    #: Timeout of the recognition of one item.
    item_timeout: timedelta = timedelta(seconds=120)
    #: Duration of a lease without heartbeats.
    lease: timedelta = timedelta(seconds=60)
    #: Attempts on an item, and further attempts after each retry by the user.
    max_attempts: int = 3
    #: Most files in one job.
    max_files: int = 1000
    #: Most bytes in one file.
    max_file_bytes: int = 200_000_000
    #: Most pages in one file.
    max_pages: int = 5000
    #: Most items in one job.
    max_items: int = 10_000
    #: Most bytes of text in one item, as UTF-8.
    max_text_bytes: int = 4_194_304
    #: Most bytes of documents that a worker has on its disk, in use, fetched ahead or kept after their last use.
    cache_bytes: int = 2_000_000_000
    #: The languages of a job whose client names none.
    languages: tuple[str, ...] = ("eng",)
    #: What the engine of a job is chosen for whose client names neither it nor an engine.
    quality: str = AUTO
    #: Longest time that a finished job is kept; None: until somebody deletes it.
    keep: timedelta | None = None
    #: Most requests of an owner in a minute, over all processes; 0: no limit.
    limit_requests: int = 0
    #: Most open items and stored bytes of an owner.
    quotas: Quotas = field(default_factory=Quotas)
    #: How long entries of the audit log are kept.
    audit_ttl: timedelta = timedelta(days=90)
    #: Interval between two runs of upkeep in each process.
    upkeep_period: timedelta = timedelta(seconds=10)
    #: Whose access tokens open the service beside keys; None: nobody's.
    tokens: TokenRules | None = None
    #: Whether webhooks may lead to addresses that are not public, and use http.
    allow_private_webhooks: bool = False
    #: What signs sessions and encrypts the secrets of webhooks; empty: the secret in the database.
    secret: bytes = field(default=b"", repr=False)

    def allows_text(self, text: str) -> bool:
        """Return whether an item may have this text."""
        return len(text.encode()) <= self.max_text_bytes
