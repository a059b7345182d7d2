"""The checker of corrections: what their commits may change, and what reads must show afterwards."""

import gzip
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from ocrcore.domain.correction import Correction
from ocrcore.domain.item import Item
from ocrcore.testing.simulation.fakes import Fakes
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import Actor, Kernel

#: The requests that may change an item that is DONE.
INTENTS = frozenset({"correct", "review"})


class CorrectionChecker:
    """Knows every text that a page had, by its revision."""

    def __init__(self, kernel: Kernel, fakes: Fakes) -> None:
        self._kernel = kernel
        self._fakes = fakes
        self._rows: dict[UUID, tuple[Correction, ...]] = {}
        #: Item -> its text at each revision above 0.
        self._texts: dict[UUID, list[str]] = {}
        #: Item -> the latest revision that an editor was told of.
        self.acknowledged: dict[UUID, int] = {}

    def changed(self, actor: Actor, owner: str, old: Item, new: Item) -> bool:
        """Check a commit that changed a DONE item, and return whether it corrected it."""
        rest = replace(
            new,
            corrected_text=old.corrected_text,
            revision=old.revision,
            reviewed_at=old.reviewed_at,
            reviewed_by=old.reviewed_by,
            is_indexed=old.is_indexed,
        )
        if rest != old:
            self._fail(f"a request to {actor.intent} changed more of item {new.id} than that")
        if actor.intent == "review":
            if new.revision != old.revision or new.corrected_text != old.corrected_text:
                self._fail(f"a look at item {new.id} corrected it")
            return False
        if new.revision != old.revision + 1:
            self._fail(f"item {new.id} went from revision {old.revision} to {new.revision}")
        self._check_rows(new)
        self._check_text(owner, new)
        self._texts.setdefault(new.id, []).append(new.corrected_text or "")
        return True

    def deleted(self, item_ids: Iterable[UUID]) -> None:
        """Check the items of a deleted job."""
        left = [item_id for item_id in item_ids if self._fakes.tables.corrections.get(item_id)]
        if left:
            self._kernel.fail(Invariant.CORRECTIONS_GO, f"corrections of the deleted items {left} are left")

    def acknowledge(self, item: Item) -> None:
        """Note that an editor was told that its correction counts."""
        self.acknowledged[item.id] = max(self.acknowledged.get(item.id, 0), item.revision)
        if self.text_of(item.id, item.revision) != item.ocr_text:
            self._kernel.fail(Invariant.CORRECTIONS_SHOWN, f"item {item.id} was told as {item.ocr_text!r}")

    def shown(self, item_id: UUID, since: int, revision: int, text: str, *, exact: bool) -> None:
        """Check what a read showed that began when ``since`` was acknowledged.

        Unless ``exact``, the text may be of a later revision than the item's.
        """
        texts = self._texts.get(item_id, [])
        allowed = [text_of for number, text_of in enumerate(texts, 1) if number >= revision]
        known = self.text_of(item_id, revision) == text if exact or not revision else text in allowed
        if revision < since or (revision and not known):
            self._kernel.fail(
                Invariant.CORRECTIONS_SHOWN,
                f"item {item_id} is shown as {text!r} of revision {revision}, after {since} was acknowledged",
            )

    def is_text(self, item_id: UUID, text: str) -> bool:
        """Return whether the item ever had this text after a correction."""
        return text in self._texts.get(item_id, ())

    def text_of(self, item_id: UUID, revision: int) -> str | None:
        """Return the text of a revision above 0, or None if there is no such revision."""
        texts = self._texts.get(item_id, [])
        return texts[revision - 1] if 0 < revision <= len(texts) else None

    def _check_rows(self, new: Item) -> None:
        before, now = self._rows.get(new.id, ()), self._fakes.tables.corrections.get(new.id, ())
        fresh = [one for one in now if one.revision == new.revision]
        places = {one.place for one in fresh}
        lines = {one.line for one in places}
        kept = [
            one
            for one in before
            if one.place not in places
            and not (one.place.line in lines and (one.place.word is None or any(p.word is None for p in places)))
        ]
        if not fresh or [one for one in kept if one not in now] or len(now) != len(kept) + len(fresh):
            self._fail(f"the corrections of item {new.id} are {now}, and were {before}")
        self._rows[new.id] = now

    def _check_text(self, owner: str, new: Item) -> None:
        stored = self._fakes.documents.get(new.layout_key or "")
        if stored is None:
            return
        layout = json.loads(gzip.decompress(stored))
        text = _shown(layout, self._rows[new.id])
        if new.ocr_text != text or new.recognised_text != layout["text"]:
            self._kernel.fail(
                Invariant.CORRECTIONS_SHOWN,
                f"item {new.id} has the text {new.ocr_text!r}, and its corrections make it {text!r}",
            )
        page = self._fakes.tables.pages.get(new.id)
        if new.is_indexed and (page is None or page.terms != _terms(owner, text)):
            self._kernel.fail(
                Invariant.CORRECTIONS_SHOWN, f"item {new.id} was corrected, and the search index has another text of it"
            )

    def _fail(self, detail: str) -> None:
        self._kernel.fail(Invariant.REVISIONS_COUNT, detail)


def _shown(layout: Mapping[str, Any], corrections: Iterable[Correction]) -> str:
    """Return the text of a page with these corrections; the lines of a simulated page are one paragraph."""
    texts = {(one.place.line, one.place.word): one.text for one in corrections}
    lines = []
    for number, line in enumerate(layout["lines"]):
        words = [texts.get((number, at), word["text"]) for at, word in enumerate(line["words"])]
        lines.append(texts.get((number, None), " ".join(word for word in words if word)))
    return "\n".join(line for line in lines if line)


def _terms(owner: str, text: str) -> str:
    """Return what the search index has of a page with a simulated text: whose it is, and the words in their order."""
    return " ".join(["\ue000" + sha256(owner.encode()).hexdigest()[:16], *re.findall(r"[a-z0-9]+", text)])
