"""Mutants: common mistakes of job services, each as one changed function of the product.

They test the simulation: a campaign without violations is evidence only if every mutant is found.
"""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final

from ocrcore.testing.simulation.fakes import Factory, Fakes
from ocrcore.testing.simulation.history import run_seed, uncollected
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.mutants import (
    correcting,
    following,
    hooking,
    keeping,
    keys,
    limiting,
    looking,
    relaying,
    searching,
    submitting,
    telling,
    uploading,
    working,
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake that the simulation must find."""

    name: str
    #: Replaces a function of the product within a context.
    install: Callable[[], AbstractContextManager[None]]
    #: The invariants of which it violates one first.
    shows: AbstractSet[Invariant]
    #: Puts the mistake into the fakes, if it is behind a port.
    spoil: Callable[[Fakes], Fakes] = lambda fakes: fakes
    #: Whether it shows on a queue that takes turns only.
    in_turn: bool = False

    def factory(self, sound: Factory) -> Factory:
        """Return a factory of fakes with the mistake."""
        return lambda clock, ids, policy: self.spoil(sound(clock, ids, policy))


@dataclass(frozen=True, slots=True)
class Found:
    """How a mutant was found."""

    #: The history that shows it.
    seed: int
    invariant: Invariant


#: The simulation must find each within 4,000 seeds, about seven of each pair of operation and fault.
MUTANTS: Final = (
    Mutant("delete-before-commit", working.delete_before_commit, {Invariant.MESSAGE_NEEDED}),
    Mutant("skip-if-processing", working.skip_if_processing, {Invariant.MESSAGE_NEEDED}),
    # By the time a job was rescued, its last audit entries may be too late as well.
    Mutant("no-outbox", submitting.no_outbox, {Invariant.FINISHED_IN_TIME, Invariant.OUTBOXES_DRAIN}),
    Mutant("send-before-commit", submitting.send_before_commit, {Invariant.OUTBOX_UNTIL_ACCEPTED}),
    Mutant("ignoring-failed", relaying.ignoring_failed, {Invariant.OUTBOX_UNTIL_ACCEPTED}),
    Mutant("ignoring-unprocessed-items", relaying.ignoring_unprocessed, {Invariant.OUTBOX_UNTIL_ACCEPTED}),
    Mutant("ignoring-unlogged-histories", relaying.logged_unseen, {Invariant.OUTBOXES_DRAIN}),
    Mutant("no-heartbeat", working.no_heartbeat, {Invariant.PAGES_INDEPENDENT}),
    Mutant("endless-heartbeat", working.endless_heartbeat, {Invariant.LEASES_END}),
    Mutant(
        "commit-again-after-unknown",
        submitting.commit_again,
        # The second commit is refused, and so is the request, of which the first has left a job.
        {Invariant.ERRORS_CODED, Invariant.REFUSAL_LEAVES_NOTHING},
    ),
    Mutant("strike-before-send", relaying.strike_before_send, {Invariant.OUTBOX_UNTIL_ACCEPTED}),
    Mutant(
        "dead-letters-ignored", relaying.dead_letters_ignored, {Invariant.FINISHED_IN_TIME, Invariant.OUTBOXES_DRAIN}
    ),
    Mutant("one-bad-body", working.one_bad_body, {Invariant.ERRORS_CODED}),
    Mutant("early-clock", working.early_clock, {Invariant.NO_LATE_START}),
    # Heartbeats keep the dropped messages hidden, so their items may also wait until the deadline.
    Mutant("bad-company", working.bad_company, {Invariant.FOREIGN_MESSAGE_HARMLESS, Invariant.FINISHED_IN_TIME}),
    Mutant("except-delete", working.except_delete, {Invariant.MESSAGE_NEEDED}),
    Mutant("audit-before-commit", working.audit_before_commit, {Invariant.AUDIT_COMPLETE}),
    Mutant(
        "no-fence",
        working.no_fence,
        {Invariant.ALLOWED_STEPS, Invariant.FINISHED_ONCE, Invariant.NO_LATE_START, Invariant.ERRORS_CODED},
    ),
    Mutant("given-back-hidden", working.given_back_hidden, {Invariant.STOPS_GRACEFULLY}),
    Mutant("never-stopped", working.never_stopped, {Invariant.STOPS_GRACEFULLY}),
    Mutant("poison-spreads", working.poison_spreads, {Invariant.PAGES_INDEPENDENT}),
    Mutant("one-acknowledgement", working.one_acknowledgement, {Invariant.MESSAGE_NEEDED}),
    Mutant("trusted-key", working.trusted_key, {Invariant.ROW_DECIDES}),
    Mutant("send-inside-transaction", submitting.send_inside, {Invariant.NO_CALL_IN_TRANSACTION}),
    Mutant("inspected-inside-transaction", submitting.inspected_inside, {Invariant.NO_CALL_IN_TRANSACTION}),
    Mutant("busy-as-damage", submitting.busy_as_damage, {Invariant.REFUSED_FILES, Invariant.ITEM_PER_PAGE}),
    Mutant("believed-output", working.believed_output, {Invariant.TEXT_WHOLE, Invariant.OWN_TEXT}),
    Mutant("first-page-only", working.first_page_only, {Invariant.OWN_TEXT}),
    Mutant(
        "second-look-fails-the-page",
        looking.failing_page,
        {Invariant.FIRST_READING_KEPT, Invariant.PAGES_INDEPENDENT},
    ),
    Mutant("second-look-in-silence", looking.in_silence, {Invariant.FIRST_READING_KEPT}),
    Mutant("second-look-with-a-time-of-its-own", looking.own_time, {Invariant.LOOKS_SHARE_TIME}),
    Mutant("second-look-whatever-the-time", looking.whatever_the_time, {Invariant.LOOKS_SHARE_TIME}),
    Mutant("first-reading-always-counts", looking.first_counts, {Invariant.OWN_TEXT}),
    Mutant("mixed-up-texts", working.mixed_up, {Invariant.OWN_TEXT}),
    Mutant("page-of-a-neighbour", working.neighbours_page, {Invariant.OWN_TEXT}),
    Mutant("page-counted-twice", submitting.page_twice, {Invariant.ITEM_PER_PAGE}),
    Mutant("document-goes-with-a-page", working.document_goes_with_a_page, {Invariant.DOCUMENTS_PRESENT}),
    Mutant("document-fetched-by-each-page", working.fetched_by_each_page, {Invariant.FETCHED_ONCE}),
    Mutant("refused-file-with-a-message", submitting.refused_with_message, {Invariant.REFUSED_FILES}),
    Mutant("refused-file-read", working.refused_file_read, {Invariant.REFUSED_FILES}),
    Mutant("deletion-keeps-orders", nullcontext, {Invariant.DELETION_COMPLETE}, spoil=submitting.deletion_keeps_orders),
    Mutant("serial-ignored", uploading.serial_ignored, {Invariant.UPLOADS_INSPECTED}),
    Mutant("copy-without-condition", nullcontext, {Invariant.UPLOADS_INSPECTED}, spoil=uploading.unconditional_copy),
    Mutant(
        "names-before-listing",
        uploading.names_before_listing,
        {Invariant.UPLOADS_INSPECTED, Invariant.DOCUMENTS_PRESENT},
    ),
    Mutant("uploads-purged-once", uploading.purged_once, {Invariant.UPLOADS_GONE}),
    Mutant(
        "tombstone-forgets-uploads",
        uploading.tombstone_forgets_uploads,
        {Invariant.DELETION_COMPLETE, Invariant.UPLOADS_GONE},
    ),
    Mutant("refused-for-ever", working.refused_for_ever, {Invariant.REFUSED_SELDOM, Invariant.FINISHED_IN_TIME}),
    Mutant("one-line-for-all-jobs", relaying.one_line_for_all_jobs, {Invariant.JOBS_IN_TURN}, in_turn=True),
    Mutant("deletion-keeps-words", searching.deletion_keeps_words, {Invariant.DELETION_COMPLETE}),
    Mutant("unsearchable-page", searching.unsearchable_page, {Invariant.SEARCHABLE_WHEN_DONE}),
    Mutant("words-of-another-page", searching.words_of_another_page, {Invariant.SEARCHABLE_WHEN_DONE}),
    Mutant("old-pages-ignored", searching.old_pages_ignored, {Invariant.SEARCH_COMPLETE}),
    Mutant("lost-update", correcting.lost_update, {Invariant.REVISIONS_COUNT}),
    Mutant("other-corrections-dropped", correcting.others_dropped, {Invariant.REVISIONS_COUNT}),
    Mutant("search-finds-old-words", correcting.old_words_found, {Invariant.CORRECTIONS_SHOWN}),
    Mutant("layout-without-corrections", correcting.layout_without_corrections, {Invariant.CORRECTIONS_SHOWN}),
    Mutant("repeat-is-a-conflict", correcting.repeat_counted, {Invariant.REVISIONS_COUNT}),
    Mutant("retry-drops-corrections", nullcontext, {Invariant.ALLOWED_STEPS}, spoil=correcting.retry_drops),
    Mutant("deletion-keeps-corrections", nullcontext, {Invariant.CORRECTIONS_GO}, spoil=correcting.deletion_keeps),
    Mutant("retention-decides-before-the-lock", keeping.verdict_before_the_lock, {Invariant.KEPT_FOR_ITS_TIME}),
    Mutant("kept-from-the-submission", keeping.counted_from_the_submission, {Invariant.KEPT_FOR_ITS_TIME}),
    Mutant("kept-forever", keeping.never_over, {Invariant.KEPT_NO_LONGER}),
    Mutant("tombstone-forgets-key", keeping.forgotten_key, {Invariant.ONE_JOB_PER_KEY}),
    Mutant("owner-forgotten-by-key", nullcontext, {Invariant.OWNERS_APART}, spoil=keys.owner_of_everything("find")),
    Mutant("owner-forgotten-in-list", nullcontext, {Invariant.OWNERS_APART}, spoil=keys.owner_of_everything("list")),
    Mutant("owner-forgotten-by-id", nullcontext, {Invariant.OWNERS_APART}, spoil=keys.owner_of_everything("get")),
    Mutant(
        "owner-forgotten-in-review", nullcontext, {Invariant.OWNERS_APART}, spoil=keys.owner_of_everything("least_sure")
    ),
    Mutant("owner-forgotten-of-item", nullcontext, {Invariant.OWNERS_APART}, spoil=keys.owner_of_everything("item")),
    Mutant(
        "owner-forgotten-of-webhooks",
        nullcontext,
        {Invariant.OWNERS_APART},
        spoil=keys.listed_to_everybody("webhooks"),
    ),
    Mutant(
        "owner-forgotten-of-keys", nullcontext, {Invariant.OWNERS_APART}, spoil=keys.listed_to_everybody("api_keys")
    ),
    Mutant("owner-forgotten-in-search", nullcontext, {Invariant.OWNERS_APART}, spoil=keys.search_of_everything),
    Mutant("owner-forgotten-in-change", keys.owner_forgotten_in_change, {Invariant.OWNERS_APART}),
    Mutant("verdict-kept-for-ever", keys.kept_verdict, {Invariant.KEY_LIFE}),
    Mutant("key-not-asked-again", keys.not_asked_again, {Invariant.NO_CHANGE_AFTER_END}),
    Mutant("held-without-a-look", keys.held_for_ever, {Invariant.KEY_LIFE}),
    Mutant("key-without-end", keys.deathless_key, {Invariant.KEY_LIFE, Invariant.NO_CHANGE_AFTER_END}),
    Mutant("limit-of-one-process", limiting.of_one_process, {Invariant.REQUESTS_LIMITED}),
    Mutant("minute-used-up-for-ever", limiting.used_up_for_ever, {Invariant.REQUESTS_LIMITED}),
    Mutant("quota-without-turns", limiting.quota_without_turns, {Invariant.QUOTAS_KEPT}),
    Mutant("quota-before-the-files-alone", limiting.quota_before_the_files_alone, {Invariant.QUOTAS_KEPT}),
    Mutant("retry-without-quota", limiting.retry_without_quota, {Invariant.QUOTAS_KEPT}),
    Mutant("draft-without-quota", limiting.draft_without_quota, {Invariant.QUOTAS_KEPT}),
    Mutant("quota-never-full", limiting.quota_never_full, {Invariant.QUOTAS_KEPT}),
    Mutant("stream-without-overlap", following.no_overlap, {Invariant.EVENTS_COMPLETE}),
    Mutant("first-state-kept", following.first_state_kept, {Invariant.EVENTS_COMPLETE}),
    Mutant("stream-without-corrections", following.correction_untold, {Invariant.EVENTS_COMPLETE}),
    Mutant("stream-without-marks", following.mark_untold, {Invariant.EVENTS_COMPLETE}),
    Mutant("stream-forgets-tombstones", nullcontext, {Invariant.EVENTS_COMPLETE}, spoil=following.tombstone_forgotten),
    Mutant(
        "stream-of-everybody",
        nullcontext,
        # Who is told of the jobs of others may first turn out not to know how they ended.
        {Invariant.OWNERS_APART, Invariant.EVENTS_OF_OWN_JOBS, Invariant.EVENTS_COMPLETE},
        spoil=following.jobs_of_everybody,
    ),
    Mutant("notice-forgotten-by-sweeps", hooking.untold_sweep, {Invariant.NOTICES_COMPLETE}),
    Mutant("believed-delivery", hooking.believed_delivery, {Invariant.NOTICES_COMPLETE}),
    Mutant("delivery-leased-for-ever", hooking.endless_lease, {Invariant.NOTICES_COMPLETE}),
    Mutant("body-of-the-attempt", hooking.changing_body, {Invariant.NOTICES_FIXED}),
    Mutant("redelivery-lost-while-under-way", hooking.lost_while_under_way, {Invariant.NOTICES_FENCED}),
    Mutant("sent-although-gone", hooking.sent_although_gone, {Invariant.NOTICES_NO_LONGER}),
    Mutant("disabled-for-ever", hooking.disabled_for_ever, {Invariant.NOTICES_NO_LONGER}),
    Mutant("delivery-leased-twice", hooking.leased_twice, {Invariant.NOTICES_IN_TURN}),
    Mutant("three-deliveries-at-a-time", hooking.three_at_a_time, {Invariant.NOTICES_IN_TURN}),
    Mutant("given-up-after-an-hour", hooking.given_up_early, {Invariant.NOTICES_COMPLETE}),
    Mutant("secret-lost-in-an-outage", hooking.lost_in_an_outage, {Invariant.NOTICES_SIGNED}),
    Mutant("other-instant-signed", hooking.other_instant_signed, {Invariant.NOTICES_SIGNED}),
    Mutant("late-outcome-counts", nullcontext, {Invariant.NOTICES_FENCED}, spoil=hooking.late_outcome),
    Mutant("forgotten-while-waiting", nullcontext, {Invariant.NOTICES_LISTED}, spoil=hooking.forgotten_while_waiting),
    Mutant("notice-to-everybody", nullcontext, {Invariant.NOTICES_OF_OWN_JOBS}, spoil=hooking.told_to_everybody),
    Mutant("untold-cancellation", nullcontext, {Invariant.AUDIT_COMPLETE}, spoil=telling.untold("job.cancelled")),
    Mutant("untold-expiry", nullcontext, {Invariant.AUDIT_COMPLETE}, spoil=telling.untold("job.expired")),
    Mutant("untold-retry", nullcontext, {Invariant.AUDIT_COMPLETE}, spoil=telling.untold("job.retried")),
    Mutant("untold-renaming", nullcontext, {Invariant.AUDIT_COMPLETE}, spoil=telling.untold("job.renamed")),
)


def find(name: str, factory: Factory, seeds: Iterable[int]) -> Found | None:
    """Return how a mutant is found, by the first history of these seeds that violates what it must, or None.

    A history that violates something else first may do so by a consequence that many bugs have.
    """
    (mutant,) = (mutant for mutant in MUTANTS if mutant.name == name)
    with mutant.install(), uncollected():
        for seed in seeds:
            violation = run_seed(seed, mutant.factory(factory)).violation
            if violation is not None and violation.invariant in mutant.shows:
                return Found(seed, violation.invariant)
    return None
