"""The corrections of a simulated owner: of what was read last, of something older, repeated, and two at once."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from ocrcore.domain.correction import Edit, Place
from ocrcore.domain.errors import EditConflict, InvalidOption, OcrError
from ocrcore.domain.item import Item
from ocrcore.testing.simulation.asking import Asking
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, Kernel, Process
from ocrcore.testing.simulation.world import World

#: The word that is unique to a page, and its line; the other words say whose it is.
_WORD, _LINE, _FIRST = Place(0, 3), Place(0, None), Place(0, 0)
_COMMON: Final = ("simulated", "page")
_WORDS: Final = 4
#: How often, and after which pauses, an editor looks whether a page is read.
_PATIENCE: Final = 12
_PAUSE: Final = 10 * SECOND


class Editing:
    """Corrects pages of one owner, and checks the answers."""

    def __init__(self, asking: Asking, kernel: Kernel, world: World, owner: str) -> None:
        self._asking = asking
        self._kernel = kernel
        self._owner = owner
        self._tables = world.fakes.tables
        self._corrections = world.checker.commits.corrections

    def live(self, job_id: UUID) -> None:
        """Correct a page of a job in one of several ways, and look at it again."""
        items = self._asking.ask(lambda process: self._asking.verbs(process).items(job_id))
        pages = [item for item in items if _is_usual(item)] if isinstance(items, list) else []
        if not pages:
            return
        item = self._kernel.random.choice(pages)
        way = self._kernel.random.choice(("once", "once", "repeated", "old", "two", "review"))
        if way == "review":
            self._mark(item)
        elif way == "two":
            self._correct_at_once(item)
        else:
            edits = self._edits()
            first = self._correct(item, item.revision - 1 if way == "old" and item.revision else item.revision, edits)
            if way == "repeated":
                second = self._correct(item, item.revision, edits)
                self._check_repeat(item, first, second)
        self.look(item.id)

    def wait_and_live(self, job_id: UUID) -> None:
        """Correct a page as soon as there is one, and read it in every way that asks for its corrections."""
        for _ in range(_PATIENCE):
            done = [item for item in self._tables.items_of(job_id) if _is_usual(item)]
            if done:
                self.live(job_id)
                self.look(done[0].id, "places")
                self.look(done[0].id, "layout")
                return
            self._kernel.sleep(_PAUSE)

    def look(self, item_id: UUID, way: str = "") -> None:
        """Read a page in this or in one of several ways: it shows what was acknowledged, or something later."""
        since = self._corrections.acknowledged.get(item_id, 0)
        way = way or self._kernel.random.choice(("item", "text", "layout", "places"))

        def read(process: Process) -> tuple[int, str]:
            jobs = self._asking.verbs(process)
            if way == "item":
                item = jobs.item(item_id)
                return item.revision, item.ocr_text or ""
            if way == "places":
                text = jobs.page_text(item_id)
                return text.item.revision, text.item.ocr_text or ""
            page = jobs.item_result(item_id)
            return page.item.revision, page.text if way == "text" else page.read_layout().text

        shown = self._asking.ask(read)
        if isinstance(shown, tuple):
            self._corrections.shown(item_id, since, *shown, exact=way != "layout")

    def _edits(self) -> Sequence[Edit]:
        number = f"c{self._kernel.now}"
        whole = Edit(_LINE, f"simulated page {self._owner} {number}")
        several = [Edit(_WORD, f"{number} more")]
        return self._kernel.random.choice(([Edit(_WORD, number)], [Edit(_FIRST, number)], several, [whole]))

    def _check_repeat(self, item: Item, first: object, second: object) -> None:
        """Check the answer to the same correction once more: only a later one is in its way."""
        if isinstance(first, Item) and isinstance(second, EditConflict) and second.revision <= first.revision:
            self._kernel.fail(Invariant.REVISIONS_COUNT, f"item {item.id} was corrected, and its repeat was refused")

    def _mark(self, item: Item) -> None:
        """Mark a page as it was seen: a text that came meanwhile is in the way."""
        answer = self._asking.ask(
            lambda process: self._asking.verbs(process).review(item.id, revision=item.revision), "review"
        )
        if isinstance(answer, Item) and answer.revision != item.revision:
            self._kernel.fail(Invariant.REVISIONS_COUNT, f"a text of item {item.id} was marked that nobody saw")
        if isinstance(answer, EditConflict) and answer.revision == item.revision:
            self._kernel.fail(
                Invariant.REVISIONS_COUNT, f"a mark of item {item.id} was refused, and nothing was in its way"
            )

    def _correct(self, item: Item, revision: int, edits: Sequence[Edit]) -> object:
        answer = self._asking.ask(
            lambda process: self._asking.verbs(process).correct(item.id, revision, edits), "correct"
        )
        self._judge(item, revision, answer)
        return answer

    def _correct_at_once(self, item: Item) -> None:
        """Let two editors correct the same page, as both have read it: one of them is told of the other."""
        answers: list[Any] = []

        def edit() -> None:
            edits = self._edits()
            answers.append(
                self._asking.ask(
                    lambda process: self._asking.verbs(process).correct(item.id, item.revision, edits), "correct"
                )
            )

        live = self._asking.processes.live("api")
        if not live:
            return
        self._kernel.spawn(live[0], f"editor-{self._owner}", edit)
        self._kernel.sleep(int(self._kernel.random.random() * SECOND))
        edits = self._edits()
        second = self._asking.ask(
            lambda process: self._asking.verbs(process).correct(item.id, item.revision, edits), "correct"
        )
        self._judge(item, item.revision, second)
        for first in answers:
            self._judge(item, item.revision, first)
            if isinstance(first, Item) and isinstance(second, Item) and first.corrected_text != second.corrected_text:
                self._kernel.fail(
                    Invariant.REVISIONS_COUNT, f"two editors of item {item.id} were both told that theirs counts"
                )

    def _judge(self, item: Item, revision: int, answer: object) -> None:
        if isinstance(answer, Item):
            self._corrections.acknowledge(answer)
            if answer.revision != revision + 1:
                self._kernel.fail(
                    Invariant.REVISIONS_COUNT,
                    f"item {item.id} was corrected from revision {revision}, and has {answer.revision}",
                )
        elif isinstance(answer, EditConflict):
            if answer.revision == revision:
                self._kernel.fail(
                    Invariant.REVISIONS_COUNT, f"a correction of item {item.id} was refused, and nothing was in its way"
                )
        elif isinstance(answer, OcrError) and not isinstance(answer, InvalidOption):
            self._asking.check_error(answer)


def _is_usual(item: Item) -> bool:
    words = (item.recognised_text or "").split()
    return tuple(words[:2]) == _COMMON and len(words) == _WORDS
