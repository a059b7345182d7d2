"""The contract of ``Documents.keys``: sorted, limited, and continued after any key."""

from io import BytesIO

import pytest

from ocrcore.ports.documents import Documents


class DocumentsListingContract:
    """The contract of ``Documents.keys``; part of ``DocumentsContract``."""

    def test_keys_come_sorted(self, documents: Documents) -> None:
        wanted = ["B", "a-b", "a.b", "a/b", "a/b-", "a/c/d", "a0", "b", "\N{EURO SIGN}"]
        for key in reversed(wanted):
            documents.put(key, BytesIO())
        assert list(documents.keys("", 100)) == wanted

    def test_a_prefix_is_a_beginning_not_a_folder(self, documents: Documents) -> None:
        for key in ("jobs/1/a", "jobs/10/a", "jobs/2/a", "jobsworth"):
            documents.put(key, BytesIO())
        assert list(documents.keys("jobs/1", 9)) == ["jobs/1/a", "jobs/10/a"]
        assert list(documents.keys("jobs/1/", 9)) == ["jobs/1/a"]
        assert list(documents.keys("jobs", 9)) == ["jobs/1/a", "jobs/10/a", "jobs/2/a", "jobsworth"]

    @pytest.mark.parametrize("prefix", ["x", "a/x", "a/b/c", "x/", "/", "/a", "..", "../", "a/../", "a//", "\x00/"])
    def test_a_prefix_of_no_key_finds_nothing(self, documents: Documents, prefix: str) -> None:
        documents.put("a/b", BytesIO())
        assert list(documents.keys(prefix, 9)) == []

    def test_the_limit_cuts_the_list_from_its_end(self, documents: Documents) -> None:
        for number in range(5):
            documents.put(f"a/{number}", BytesIO())
        assert list(documents.keys("a/", 2)) == ["a/0", "a/1"]
        assert list(documents.keys("a/", 0)) == []

    def test_a_listing_goes_on_after_a_key(self, documents: Documents) -> None:
        wanted = ["a", "a-b", "a.b/c", "a/b", "a/b-", "a/c/d", "a/c0", "a0", "b", "\N{EURO SIGN}"]
        for key in wanted:
            documents.put(f"jobs/{key}.x", BytesIO())
        found: list[str] = []
        while page := documents.keys("jobs/", 3, after=found[-1] if found else ""):
            found += page
            assert len(found) <= len(wanted)
        assert found == sorted(f"jobs/{key}.x" for key in wanted)

    @pytest.mark.parametrize(
        ("after", "first"),
        [
            ("", "a/b"),
            ("a", "a/b"),
            ("a/", "a/b"),
            ("a/b", "a/c/d"),
            ("a/c", "a/c/d"),
            ("a/c/", "a/c/d"),
            ("a/c/e", "b"),
        ],
    )
    def test_a_listing_may_begin_between_keys(self, documents: Documents, after: str, first: str) -> None:
        for key in ("a/b", "a/c/d", "b"):
            documents.put(key, BytesIO())
        assert list(documents.keys("", 1, after=after)) == [first]

    def test_a_listing_after_the_last_key_is_empty(self, documents: Documents) -> None:
        for key in ("a/b", "b"):
            documents.put(key, BytesIO())
        assert list(documents.keys("", 9, after="b")) == []
        assert list(documents.keys("a/", 9, after="a/b")) == []
        assert list(documents.keys("a/", 9, after="b")) == []
