"""The contract of ``Documents``."""

import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from io import BytesIO
from itertools import count
from threading import Barrier, Event
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ocrcore.ports.documents import DocumentExists, DocumentMissing, Documents
from ocrcore.testing.documents_listing import DocumentsListingContract
from ocrcore.testing.patience import FOREVER

#: Keys that every store refuses.
BAD_KEYS: Final = (
    "",
    "/",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "./a",
    "a/.",
    "a/./b",
    "../a",
    "a/..",
    "a/../b",
    "a/../../b",
    "a\x00b",
    "a\nb",
    "a\ud800b",
    "a/" + "b" * 256,
    "a/" + "\N{EURO SIGN}" * 86,
    "/".join(["a" * 100] * 11),
)

#: Unusual keys that every store accepts.
ODD_KEYS: Final = (
    "a",
    "a.b",
    "...",
    "a/.b",
    "a/..b",
    "a\\..\\b",
    "a b/c d",
    "~/a",
    "a/%2e%2e/b",
    "a/*?[x]",
    "-rf",
    "\N{EURO SIGN}/\N{SNOWMAN}",
    "a/" + "b" * 255,
)

_CHUNK: Final = b"0123456789abcdef" * 65_536


class Broken(Exception):
    """The stream failed."""


class _BreaksHalfWay(BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0 or self.tell():
            raise Broken
        return super().read(size)


class _Waits(BytesIO):
    """Returns its first half, then waits for ``go_on``."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.half_read, self.go_on = Event(), Event()

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            self.half_read.set()
            assert self.go_on.wait(FOREVER)
            return super().read(size)
        half = len(self.getvalue()) // 2
        return super().read(half) + self.read() if size is None or size < 0 else super().read(min(size, half))


class DocumentsContract(DocumentsListingContract):
    """The contract of ``Documents``. Override the fixture ``documents`` with an empty store."""

    @pytest.fixture
    def documents(self) -> Documents:
        """Return the store under test."""
        raise NotImplementedError

    def test_it_has_a_bucket(self, documents: Documents) -> None:
        assert documents.bucket

    def test_it_can_be_reached(self, documents: Documents) -> None:
        documents.check()

    def test_what_was_put_is_there(self, documents: Documents) -> None:
        documents.put("jobs/1/a.jpg", BytesIO(b"a\x00\xff\r\n"))
        assert documents.get("jobs/1/a.jpg") == b"a\x00\xff\r\n"

    def test_a_document_is_opened_for_reading_by_several(self, documents: Documents) -> None:
        documents.put("jobs/1/a.jpg", BytesIO(_CHUNK * 5 + b"!"))
        with documents.open("jobs/1/a.jpg") as source:
            assert source.size == len(_CHUNK) * 5 + 1
            with ThreadPoolExecutor(4) as threads:
                contents = list(threads.map(lambda _: source.read(), range(8)))
            assert contents == [_CHUNK * 5 + b"!"] * 8

    def test_what_was_opened_is_read_though_it_was_deleted_since(self, documents: Documents) -> None:
        documents.put("a/b", BytesIO(b"kept"))
        with documents.open("a/b") as source:
            documents.delete(["a/b"])
            assert source.read() == b"kept"
            source.close()

    def test_another_process_may_read_what_was_opened(self, documents: Documents) -> None:
        documents.put("a/b", BytesIO(_CHUNK))
        with documents.open("a/b") as source:
            descriptor = source.fileno()
            assert descriptor is None or os.pread(descriptor, 2 * len(_CHUNK), 0) == _CHUNK

    def test_nothing_is_opened_where_nothing_is(self, documents: Documents) -> None:
        with pytest.raises(DocumentMissing):
            documents.open("a/b")

    def test_a_document_may_be_empty(self, documents: Documents) -> None:
        documents.put("a", BytesIO())
        assert documents.get("a") == b""

    def test_a_document_may_be_large(self, documents: Documents) -> None:
        documents.put("a", BytesIO(_CHUNK * 5 + b"!"))
        assert documents.get("a") == _CHUNK * 5 + b"!"

    def test_content_counts_from_its_current_position(self, documents: Documents) -> None:
        content = BytesIO(b"headbody")
        content.seek(4)
        documents.put("a", content)
        assert documents.get("a") == b"body"

    def test_a_document_is_written_once(self, documents: Documents) -> None:
        documents.put("a", BytesIO(b"first"))
        with pytest.raises(DocumentExists):
            documents.put("a", BytesIO(b"second"))
        assert documents.get("a") == b"first"

    def test_the_same_bytes_again_are_refused_too(self, documents: Documents) -> None:
        documents.put("a", BytesIO(b"same"))
        with pytest.raises(DocumentExists):
            documents.put("a", BytesIO(b"same"))

    def test_what_is_missing_is_said_to_be(self, documents: Documents) -> None:
        with pytest.raises(DocumentMissing):
            documents.get("jobs/1/a.jpg")

    def test_a_folder_is_no_document(self, documents: Documents) -> None:
        documents.put("jobs/1/a", BytesIO(b"a"))
        with pytest.raises(DocumentMissing):
            documents.get("jobs/1")

    def test_a_document_is_no_folder(self, documents: Documents) -> None:
        documents.put("jobs/1", BytesIO(b"a"))
        with pytest.raises(DocumentMissing):
            documents.get("jobs/1/a")

    @pytest.mark.parametrize("key", BAD_KEYS)
    def test_a_bad_key_is_refused_by_every_verb(self, documents: Documents, key: str) -> None:
        for verb in (
            lambda: documents.put(key, BytesIO(b"a")),
            lambda: documents.get(key),
            lambda: documents.delete([key]),
        ):
            with pytest.raises(ValueError, match="key"):
                verb()
        assert documents.keys("", 10) == []

    @pytest.mark.parametrize("key", ODD_KEYS)
    def test_an_odd_key_is_a_key(self, documents: Documents, key: str) -> None:
        documents.put(key, BytesIO(b"odd"))
        assert documents.get(key) == b"odd"
        assert documents.keys(key, 10) == [key]
        documents.delete([key])
        assert documents.keys("", 10) == []

    def test_list_and_delete_in_turn_reaches_every_document(self, documents: Documents) -> None:
        for number in range(7):
            documents.put(f"a/{number % 3}/{number}", BytesIO())
        rounds = 0
        while keys := documents.keys("a/", 2):
            documents.delete(keys)
            rounds += 1
        assert rounds == 4

    def test_what_was_deleted_is_missing(self, documents: Documents) -> None:
        documents.put("a/b", BytesIO(b"a"))
        documents.delete(["a/b"])
        with pytest.raises(DocumentMissing):
            documents.get("a/b")

    def test_deleting_spares_the_neighbours(self, documents: Documents) -> None:
        for key in ("a/b", "a/bc", "a/c/d", "b"):
            documents.put(key, BytesIO())
        documents.delete(["a/b"])
        assert list(documents.keys("", 9)) == ["a/bc", "a/c/d", "b"]

    def test_deleting_takes_any_number(self, documents: Documents) -> None:
        documents.put("a", BytesIO())
        documents.put("b", BytesIO())
        documents.delete(iter(["a", "nothing/here", "a", "b"]))
        documents.delete([])
        assert list(documents.keys("", 9)) == []

    def test_deleting_a_folder_deletes_nothing(self, documents: Documents) -> None:
        documents.put("a/b", BytesIO(b"kept"))
        documents.delete(["a", "a/b/c"])
        assert documents.get("a/b") == b"kept"

    def test_a_bad_key_among_good_ones_deletes_nothing(self, documents: Documents) -> None:
        documents.put("a", BytesIO())
        with pytest.raises(ValueError, match="key"):
            documents.delete(["a", "../a"])
        assert list(documents.keys("", 9)) == ["a"]

    def test_a_key_is_free_again_after_its_document_was_deleted(self, documents: Documents) -> None:
        documents.put("a/b", BytesIO(b"first"))
        documents.delete(["a/b"])
        documents.put("a/b", BytesIO(b"second"))
        assert documents.get("a/b") == b"second"

    def test_a_stream_that_breaks_leaves_nothing(self, documents: Documents) -> None:
        with pytest.raises(Broken):
            documents.put("a", _BreaksHalfWay(_CHUNK))
        assert list(documents.keys("", 9)) == []
        documents.put("a", BytesIO(b"whole"))

    def test_half_a_document_is_seen_by_nobody(self, documents: Documents) -> None:
        content = _Waits(_CHUNK)
        with ThreadPoolExecutor(1) as threads:
            writing = threads.submit(documents.put, "a/b", content)
            assert content.half_read.wait(FOREVER)
            assert list(documents.keys("", 9)) == []
            with pytest.raises(DocumentMissing):
                documents.get("a/b")
            content.go_on.set()
            writing.result(FOREVER)
        assert documents.get("a/b") == _CHUNK

    def test_of_many_writers_at_once_one_wins(self, documents: Documents) -> None:
        barrier = Barrier(8)

        def write(number: int) -> None:
            barrier.wait(FOREVER)
            documents.put("a/b", BytesIO(bytes([number]) * 100_000))

        with ThreadPoolExecutor(8) as threads:
            outcomes = [threads.submit(write, number) for number in range(8)]
        (winner,) = [number for number, outcome in enumerate(outcomes) if _kind(outcome) is None]
        assert [_kind(outcome) for outcome in outcomes].count(DocumentExists) == 7
        assert documents.get("a/b") == bytes([winner]) * 100_000

    def test_deleting_the_neighbours_at_once_loses_nothing(self, documents: Documents) -> None:
        def put_and_delete(number: int) -> list[str]:
            for turn in range(25):
                documents.put(f"a/b/{number}-{turn}", BytesIO(b"!"))
                assert documents.get(f"a/b/{number}-{turn}") == b"!"
                documents.delete([f"a/b/{number}-{turn}"])
            documents.put(f"a/b/{number}", BytesIO())
            return [f"a/b/{number}"]

        with ThreadPoolExecutor(4) as threads:
            kept = [key for keys in threads.map(put_and_delete, range(4)) for key in keys]
        assert list(documents.keys("a/", 99)) == kept

    def test_it_behaves_as_a_dict_does(self, documents: Documents) -> None:
        prefixes = (f"run-{number}/" for number in count())

        class Fresh(_AgainstADict):
            def __init__(self) -> None:
                super().__init__(documents, next(prefixes))

        run_state_machine_as_test(
            Fresh,
            settings=settings(
                max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )


_PARTS: Final = st.sampled_from(["a", "b", "a-b", "a.b", ".c", "\N{EURO SIGN}"])
#: The last part is never the name of a folder, because stores may or may not accept that.
_KEYS: Final = st.builds(lambda names, last: "/".join([*names, last + ".x"]), st.lists(_PARTS, max_size=2), _PARTS)


class _AgainstADict(RuleBasedStateMachine):
    """Compares the store with a dict after random operations."""

    def __init__(self, documents: Documents, within: str) -> None:
        super().__init__()
        self.documents = documents
        self.within = within
        self.model: dict[str, bytes] = {}

    @rule(key=_KEYS, content=st.binary(max_size=50))
    def put(self, key: str, content: bytes) -> None:
        taken = pytest.raises(DocumentExists) if key in self.model else nullcontext()
        with taken:
            self.documents.put(self.within + key, BytesIO(content))
        self.model.setdefault(key, content)

    @rule(key=_KEYS)
    def get(self, key: str) -> None:
        if key in self.model:
            assert self.documents.get(self.within + key) == self.model[key]
        else:
            with pytest.raises(DocumentMissing):
                self.documents.get(self.within + key)

    @rule(keys=st.lists(_KEYS, max_size=4))
    def delete(self, keys: list[str]) -> None:
        self.documents.delete(self.within + key for key in keys)
        for key in keys:
            self.model.pop(key, None)

    @rule(key=_KEYS, length=st.integers(0, 6), limit=st.integers(0, 5), after=st.just("") | _KEYS)
    def keys(self, key: str, length: int, limit: int, after: str) -> None:
        beyond = self.within + after if after else ""
        expected = sorted(known for known in self.model if known.startswith(key[:length]) and known > after)[:limit]
        found = list(self.documents.keys(self.within + key[:length], limit, after=beyond))
        assert found == [self.within + key for key in expected]

    @invariant()
    def all_of_it_is_there(self) -> None:
        assert list(self.documents.keys(self.within, 1_000)) == sorted(self.within + key for key in self.model)


def _kind(outcome: Future[None]) -> type[BaseException] | None:
    error = outcome.exception()
    return None if error is None else type(error)
