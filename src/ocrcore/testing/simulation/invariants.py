"""The invariants, which must hold at every moment of every history, or after the faults have ended."""

from enum import Enum


class Invariant(Enum):
    """An invariant: its number in ``docs/delivery-guarantee.md``, and its sentence."""

    ITEM_PER_PAGE = 1, "A submitted job has exactly the items that its files have pages, and is never lost."
    DOCUMENTS_PRESENT = 2, "A row never refers to a document that is not there."
    ALLOWED_STEPS = 3, "Items move along the allowed edges only; DONE is final, ERROR ends by a user's retry."
    COUNTS_MATCH = 4, "At every commit a job's counts and status are those of its items."
    TOTAL_FIXED = 5, "The number of a job's items never changes after submission."
    OWN_TEXT = 6, "A DONE item has the text of its own page; no other item has a text."
    FINISHED_ONCE = 7, "An item is finished once, by the attempt that holds its lease."
    MESSAGE_NEEDED = 8, "A message is deleted only when nothing needs it any more."
    NO_CALL_IN_TRANSACTION = 9, "No port but the clock is called inside a transaction."
    NO_LATE_START = 10, "Nothing is claimed or finished at or after the deadline."
    NO_EARLY_EXPIRY = 11, "Nothing expires before its deadline."
    ATTEMPTS_LIMITED = 12, "An item never has more attempts than its limit, and they never go down."
    FOREIGN_MESSAGE_HARMLESS = 13, "A message that is not a task neither delays nor spoils another."
    OUTBOX_UNTIL_ACCEPTED = 14, "An outbox row is removed only after its message or entry was accepted."
    AUDIT_COMPLETE = 15, "The audit log has every committed change once, in the order of causes, and nothing else."
    AUDIT_WITHOUT_TEXT = 16, "The audit log holds no recognised text."
    ONE_JOB_PER_KEY = 17, "One idempotency key makes one job, also after that is deleted, and is of one body."
    REFUSAL_LEAVES_NOTHING = 18, "A refused request leaves nothing to be seen."
    OWNERS_APART = 19, "What an owner sees and changes depends on its own rows only: other owners might as well not be."
    DELETION_COMPLETE = 20, "A deleted job leaves no row, document or message with an effect."
    ROW_DECIDES = 21, "A worker reads the document that the row names, whatever the message says."
    ERRORS_CODED = 22, "Every error is one of the closed list; nothing unexpected is raised or logged."
    FINISHED_IN_TIME = 24, "Every job is finished by its deadline, and without faults within its attempts' time."
    OUTBOXES_DRAIN = 25, "Outboxes drain, and dead letters are taken into the database."
    STOPS_GRACEFULLY = 26, "A stopped worker exits within its grace period, and shows others what it held."
    PAGES_INDEPENDENT = 27, "A page that hangs or crashes costs no other page an attempt."
    LEASES_END = 28, "No heartbeat outlives its attempt."
    TEXT_WHOLE = 29, "A DONE item's text has the letters of the lines that its engine found."
    REFUSED_FILES = 30, "A refused file's item has no message and no attempt until a retry, and then its old code."
    FETCHED_ONCE = 31, "A worker has a document once at a time, however many of its pages it reads."
    UPLOADS_INSPECTED = 32, "A draft becomes one job, of the uploads that its latest submit inspected."
    UPLOADS_GONE = 33, "Nothing stays of uploads, nor of the copies that no job got."
    SEARCHABLE_WHEN_DONE = 34, "The search index has a page from the commit that finishes it, and no other page."
    SEARCH_COMPLETE = 35, "Pages that release 0.1 finished are added to the search index."
    FIRST_READING_KEPT = 36, "A page that was read once is not lost by a second look, nor read badly without a warning."
    LOOKS_SHARE_TIME = (
        37,
        "All looks at a page share one attempt and its time; a second begins only if there is enough.",
    )

    KEPT_FOR_ITS_TIME = 38, "Retention deletes no job before its time is over, and none that is open again."
    KEPT_NO_LONGER = 39, "A finished job that is kept for a time is gone one round of upkeep after it."

    KEY_LIFE = 40, "A key opens the service while it is alive, and at most two seconds longer."
    NO_CHANGE_AFTER_END = 41, "No change is committed by a key that has ended; the log names the key of each change."

    REFUSED_SELDOM = 42, "A claim is refused for fairness at most three times a message."

    CORRECTIONS_SHOWN = (
        43,
        "A correction that was acknowledged is shown by every later read and found by searches, until a later one.",
    )
    REVISIONS_COUNT = (
        44,
        "A correction counts its page's revision up by one from the one that its author saw, and changes nothing else.",
    )
    CORRECTIONS_GO = 45, "No correction outlives its job."

    EVENTS_COMPLETE = 46, "Who follows a stream, and resumes it, knows the final state of each job, and which are gone."
    EVENTS_OF_OWN_JOBS = 47, "A stream tells an owner of its own jobs only."

    NOTICES_COMPLETE = 48, "A webhook takes a notice of each change of its owner's jobs at least once, or it is listed."
    NOTICES_FIXED = 49, "A notice says what was committed, under the same id and in the same words however often."
    NOTICES_OF_OWN_JOBS = 50, "A webhook is told of its owner's jobs only."
    NOTICES_FENCED = 51, "What became of a delivery is what its latest attempt says, until its owner has it sent again."
    NOTICES_IN_TURN = 52, "Two deliveries of a webhook are under way at most, and no delivery twice."
    NOTICES_NO_LONGER = (
        53,
        "After an answer of 410 a webhook is sent only what its owner has sent again, until such a delivery is taken.",
    )
    NOTICES_SIGNED = 54, "A request is signed with the secret that the owner of its webhook was shown."
    NOTICES_LISTED = 55, "A delivery is listed until it has ended, and for thirty days; then nothing of it is left."

    JOBS_IN_TURN = (
        56,
        "On a queue that takes turns, two pages at most of another job of the owner are received before a job's next.",
    )
    REQUESTS_LIMITED = (
        57,
        "In a minute an owner makes no more requests than its limit, whoever is asked, and none is refused before.",
    )

    QUOTAS_KEPT = (
        58,
        "An owner exceeds a quota by what several processes take at once only; who has room is not refused.",
    )

    def __init__(self, number: int, sentence: str) -> None:
        self.number = number
        self.sentence = sentence

    def __str__(self) -> str:
        return f"{self.number} ({self.name.lower().replace('_', '-')}): {self.sentence}"
