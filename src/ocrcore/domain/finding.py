"""Findings of the doctor: the closed list of kinds, and for each kind its meaning and its remedy."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID


class FindingKind(StrEnum):
    """The kind of a finding: an inconsistency, or a fact worth knowing."""

    #: The database schema is of another version.
    OLD_SCHEMA = "old-schema"
    #: A part of the deployment fails preflight, so no process starts.
    UNFIT_PART = "unfit-part"
    #: A part of the deployment keeps documents or entries for too long, for too short a time, or for everybody.
    UNFIT_RETENTION = "unfit-retention"
    #: A service behind a port is unavailable.
    SERVICE_AWAY = "service-away"
    #: A job's row contradicts its items.
    WRONG_COUNTS = "wrong-counts"
    #: A job's row counts more items than exist.
    MISSING_ITEMS = "missing-items"
    #: An item is PROCESSING without a lease.
    LEASELESS_ITEM = "leaseless-item"
    #: The fields of an item's row contradict each other.
    CONTRADICTORY_ITEM = "contradictory-item"
    #: An item's uploaded file is not in the store.
    MISSING_UPLOAD = "missing-upload"
    #: A DONE item's layout is not in the store.
    MISSING_LAYOUT = "missing-layout"
    #: Documents of a job that is not in the database.
    STRAY_JOB = "stray-job"
    #: A document that no row of its job refers to.
    STRAY_DOCUMENT = "stray-document"
    #: Messages have waited in the outbox for too long.
    UNSENT_MESSAGES = "unsent-messages"
    #: Entries have waited in the audit outbox for too long.
    UNSENT_AUDIT = "unsent-audit"
    UNSENT_HISTORIES = "unsent-histories"
    #: The time of open jobs and drafts ran on while the copy of the database lay from which they are.
    RESTORED = "restored"
    #: Open jobs are past their deadline.
    OVERDUE_JOBS = "overdue-jobs"
    #: Leases lapsed, and upkeep did not take the items back.
    LAPSED_LEASES = "lapsed-leases"
    #: Items have waited so long that their messages count as lost, and upkeep did not send others.
    FORGOTTEN_ITEMS = "forgotten-items"
    #: Drafts are older than their lifetime.
    OLD_DRAFTS = "old-drafts"
    #: Uploads of submitted jobs are due for a purge.
    OLD_UPLOADS = "old-uploads"
    #: Finished jobs are past the time for which they are kept.
    OLD_JOBS = "old-jobs"
    #: Tombstones are due for a purge.
    OLD_TOMBSTONES = "old-tombstones"
    #: Pages that were recognised wait to be added to the search index.
    UNINDEXED_PAGES = "unindexed-pages"
    #: The search index lacks a page that counts as indexed.
    UNSEARCHABLE_PAGE = "unsearchable-page"
    #: Rows of the search index belong to no page.
    STRAY_SEARCH_ROWS = "stray-search-rows"
    #: The visibility timeout is shorter than a lease.
    SHORT_VISIBILITY = "short-visibility"
    #: A dead letter of an unknown item.
    UNKNOWN_DEAD_LETTER = "unknown-dead-letter"
    #: Dead letters that were hidden while the doctor received.
    HIDDEN_DEAD_LETTERS = "hidden-dead-letters"
    #: Messages that are not tasks of this service were rejected.
    REJECTED_MESSAGES = "rejected-messages"
    #: The audit log lacks the end of an item.
    MISSING_AUDIT = "missing-audit"
    #: The service asks for keys, and none is alive.
    NO_KEY = "no-key"
    #: Deliveries of webhooks are due, and nobody sends them.
    STUCK_DELIVERIES = "stuck-deliveries"
    #: A webhook has deliveries that failed for good.
    FAILING_WEBHOOK = "failing-webhook"
    #: The secret that the operator chose can be guessed.
    WEAK_SECRET = "weak-secret"  # noqa: S105 - no secret, but the name of a finding
    #: The issuer of access tokens does not give its keys.
    ISSUER_AWAY = "issuer-away"
    #: A limit of owners refuses what other limits allow.
    NARROW_LIMIT = "narrow-limit"
    #: The public address is one of TLS, and no proxy is believed that TLS ended there.
    UNTRUSTED_PROXY = "untrusted-proxy"
    #: Items wait, and no worker is live.
    NO_WORKER = "no-worker"
    #: This machine's clock differs from the database's.
    WRONG_CLOCK = "wrong-clock"
    #: This machine's kernel does not wall in completely the processes that read files.
    WEAK_WALL = "weak-wall"
    #: Other users of this machine can read the service's files.
    READABLE_DATA = "readable-data"
    #: The database is on another machine and does not prove by TLS who it is.
    UNVERIFIED_DATABASE = "unverified-database"


class Cure(Enum):
    """Who can fix a finding."""

    #: The doctor, if repairs are allowed: the database determines the right state.
    REPAIR = "repair"
    #: The operator; it does not fix itself.
    OPERATOR = "operator"
    #: No fix is needed: the finding is information only.
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a kind of finding."""

    cure: Cure
    #: The consequence and the remedy.
    sentence: str


MEANINGS: Final[Mapping[FindingKind, Meaning]] = MappingProxyType(
    {
        FindingKind.OLD_SCHEMA: Meaning(
            Cure.OPERATOR,
            "The tables are not those of this version, so nothing else was examined; run ocrcore init.",
        ),
        FindingKind.UNFIT_PART: Meaning(
            Cure.OPERATOR,
            "No process starts while this is so; ocrcore init makes and sets it, or whoever keeps the deployment.",
        ),
        FindingKind.UNFIT_RETENTION: Meaning(
            Cure.OPERATOR,
            "What people delete may stay, what they still need may go, or others may read it; set it as"
            " docs/operating.md says.",
        ),
        FindingKind.SERVICE_AWAY: Meaning(
            Cure.OPERATOR,
            "What needs this service was not examined; bring it back and look again.",
        ),
        FindingKind.WRONG_COUNTS: Meaning(
            Cure.REPAIR,
            "The job's row contradicts its items, so its status may be a lie; a repair counts the items again.",
        ),
        FindingKind.MISSING_ITEMS: Meaning(
            Cure.OPERATOR,
            "Rows of items are gone, or the job's total is wrong, and the database does not know which;"
            " restore them from a backup, or delete the job and send its files again.",
        ),
        FindingKind.LEASELESS_ITEM: Meaning(
            Cure.OPERATOR,
            "No rule takes this item back before its job's deadline; cancel the job, and then retry it.",
        ),
        FindingKind.CONTRADICTORY_ITEM: Meaning(
            Cure.OPERATOR,
            "Nothing in this service writes such a row, so the database does not know what is right; restore it from a"
            " backup, or delete the job and send its files again.",
        ),
        FindingKind.MISSING_UPLOAD: Meaning(
            Cure.OPERATOR,
            "The uploaded file is gone: what is open will fail as source-missing, and what is done has lost its"
            " picture; restore the object from a backup, or delete the job and send the file again.",
        ),
        FindingKind.MISSING_LAYOUT: Meaning(
            Cure.OPERATOR,
            "The text is there, but the layout of the page is gone; restore the object from a backup, or send the"
            " file again in a new job.",
        ),
        FindingKind.STRAY_JOB: Meaning(
            Cure.OPERATOR,
            "The database knows no such job, deleted or not; such documents are never removed by themselves."
            " If this is the right database, remove them.",
        ),
        FindingKind.STRAY_DOCUMENT: Meaning(
            Cure.OPERATOR,
            "No row of this job refers to the document; it goes with the job, or remove it.",
        ),
        FindingKind.UNSENT_MESSAGES: Meaning(
            Cure.REPAIR,
            "Upkeep does not run, or the queue takes no messages; start ocrcore serve or ocrcore worker.",
        ),
        FindingKind.UNSENT_AUDIT: Meaning(
            Cure.REPAIR,
            "Upkeep does not run, or the audit log takes no entries; start ocrcore serve or ocrcore worker.",
        ),
        FindingKind.UNSENT_HISTORIES: Meaning(
            Cure.REPAIR,
            "Upkeep does not run, or the audit log takes no entries; start ocrcore serve or ocrcore worker.",
        ),
        FindingKind.RESTORED: Meaning(
            Cure.REPAIR,
            "Nobody worked on them while the copy lay; a repair with --restored gives them their whole time again.",
        ),
        FindingKind.OVERDUE_JOBS: Meaning(
            Cure.REPAIR,
            "Upkeep does not run; start ocrcore serve or ocrcore worker.",
        ),
        FindingKind.LAPSED_LEASES: Meaning(
            Cure.REPAIR,
            "Workers vanished and upkeep does not run; start ocrcore serve or ocrcore worker.",
        ),
        FindingKind.FORGOTTEN_ITEMS: Meaning(
            Cure.REPAIR,
            "Messages were lost and upkeep does not run; start ocrcore serve or ocrcore worker.",
        ),
        FindingKind.OLD_DRAFTS: Meaning(
            Cure.REPAIR,
            "Uploads that were never finished are kept, for upkeep does not run;"
            " start ocrcore serve or ocrcore worker.",
        ),
        FindingKind.OLD_UPLOADS: Meaning(
            Cure.REPAIR,
            "Uploads of submitted jobs may be left, for upkeep does not run; start ocrcore serve or ocrcore worker.",
        ),
        FindingKind.OLD_JOBS: Meaning(
            Cure.REPAIR,
            "They should be deleted by now (OCR_KEEP, or the option keep), so upkeep does not run or cannot; a repair"
            " deletes them.",
        ),
        FindingKind.OLD_TOMBSTONES: Meaning(
            Cure.REPAIR,
            "Documents of deleted jobs, or words of them in the search index, may be left, for upkeep does not run;"
            " start ocrcore serve or ocrcore worker.",
        ),
        FindingKind.UNINDEXED_PAGES: Meaning(
            Cure.REPAIR,
            "Searches do not find these pages yet, for upkeep does not run or has just begun to add them;"
            " start ocrcore serve or ocrcore worker.",
        ),
        FindingKind.UNSEARCHABLE_PAGE: Meaning(
            Cure.REPAIR,
            "Searches do not find this page; a repair adds it to the search index again, from its text.",
        ),
        FindingKind.STRAY_SEARCH_ROWS: Meaning(
            Cure.REPAIR,
            "The search index still has words of pages that are gone, and no search shows them; a repair removes them.",
        ),
        FindingKind.SHORT_VISIBILITY: Meaning(
            Cure.OPERATOR,
            "Workers are shown messages that others work on, which wears their receives out;"
            " the visibility timeout should not be shorter than a lease.",
        ),
        FindingKind.UNKNOWN_DEAD_LETTER: Meaning(
            Cure.OPERATOR,
            "The message is for an item that the database does not know, and stays among the dead letters;"
            " if this is the right database, remove it.",
        ),
        FindingKind.HIDDEN_DEAD_LETTERS: Meaning(
            Cure.OPERATOR,
            "Another process had received these dead letters; look again in a minute to see what they are.",
        ),
        FindingKind.REJECTED_MESSAGES: Meaning(
            Cure.NONE,
            "Messages that were not ours came through the queue and were put aside; find out who sends them.",
        ),
        FindingKind.MISSING_AUDIT: Meaning(
            Cure.OPERATOR,
            "The item ended, and the audit log does not tell it; the entry cannot be made again.",
        ),
        FindingKind.NO_KEY: Meaning(
            Cure.OPERATOR,
            "Nobody can use the service; make a key for each owner with ocrcore keys create.",
        ),
        FindingKind.STUCK_DELIVERIES: Meaning(
            Cure.OPERATOR,
            "Nobody tells webhooks what they wait for; start ocrcore serve, or more of it.",
        ),
        FindingKind.FAILING_WEBHOOK: Meaning(
            Cure.NONE,
            "The receiver did not take what it was sent for a day; tell its owner, who can have it sent again.",
        ),
        FindingKind.WEAK_SECRET: Meaning(
            Cure.NONE,
            "Whoever guesses OCR_SECRET opens sessions of every key; set what openssl rand -hex 32 prints, or nothing.",
        ),
        FindingKind.ISSUER_AWAY: Meaning(
            Cure.OPERATOR,
            "Nobody can use the service with an access token; compare OCR_OIDC_ISSUER with what the issuer calls"
            " itself, and see that this machine reaches it over HTTPS.",
        ),
        FindingKind.NARROW_LIMIT: Meaning(
            Cure.NONE,
            "What one limit allows, a limit of the owner refuses in the end, however little the owner has; raise the"
            " second, or lower the first.",
        ),
        FindingKind.UNTRUSTED_PROXY: Meaning(
            Cure.NONE,
            "Requests count as plain HTTP, so nobody signs in with a browser, and all clients have one address; name"
            " the proxy that ends TLS in OCR_TRUSTED_PROXIES, such as 127.0.0.1.",
        ),
        FindingKind.NO_WORKER: Meaning(
            Cure.OPERATOR,
            "Nobody reads the pages that wait; start ocrcore worker.",
        ),
        FindingKind.WRONG_CLOCK: Meaning(
            Cure.OPERATOR,
            "The service goes by the database's clock, but logs and signatures of requests by this one;"
            " set it, or have it set (NTP).",
        ),
        FindingKind.WEAK_WALL: Meaning(
            Cure.NONE,
            "A file that takes over the process which reads it finds more open than it should (docs/security.md)."
            " Use a newer kernel, or run the service in a container or unit that closes the rest.",
        ),
        FindingKind.READABLE_DATA: Meaning(
            Cure.NONE,
            "Every user of this machine can read what people upload, or its text; take the others' rights away.",
        ),
        FindingKind.UNVERIFIED_DATABASE: Meaning(
            Cure.NONE,
            "Whoever controls the network between can read texts and pass for the database; use TLS, with"
            " OCR_DATABASE_TLS=require and OCR_DATABASE_CA.",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One inconsistency, or one fact worth knowing."""

    kind: FindingKind
    #: The observation, in a few words.
    seen: str
    #: The job and item concerned, where there is exactly one.
    job_id: UUID | None = None
    item_id: UUID | None = None
    #: The key of a document, or the common prefix of several.
    key: str | None = None
    #: How many there are, at least.
    number: int = 1
    #: Whether the doctor has repaired it.
    repaired: bool = False

    @property
    def meaning(self) -> Meaning:
        """The meaning of its kind."""
        return MEANINGS[self.kind]

    @property
    def is_left(self) -> bool:
        """Whether an inconsistency remains."""
        return not self.repaired and self.meaning.cure is not Cure.NONE
