from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from adapters.aws.audit_items import entry_of, fits, item_of
from ocrcore.domain.audit import AuditAction, AuditEntry
from ocrcore.testing.builders import START, an_id

ENTRY = AuditEntry("x#1#item.claimed", an_id(1), AuditAction.ITEM_CLAIMED, "worker", START, {"attempt": 1, "why": "a"})


def test_an_item_is_what_the_specification_says() -> None:
    assert item_of(ENTRY, timedelta(days=90)) == {
        "pk": {"S": f"JOB#{an_id(1)}"},
        "sk": {"S": "2026-01-02T03:04:05.678901Z#x#1#item.claimed"},
        "action": {"S": "item.claimed"},
        "actor": {"S": "worker"},
        "at": {"S": "2026-01-02T03:04:05.678901Z"},
        "detail": {"M": {"attempt": {"N": "1"}, "why": {"S": "a"}}},
        "ttl": {"N": "1775099045"},
    }


@given(
    st.text(max_size=99),
    st.datetimes(timezones=st.just(START.tzinfo)),
    st.dictionaries(st.text(), st.text() | st.integers(-(2**63), 2**63)),
)
def test_an_entry_comes_back_as_it_was(event_id: str, at: object, detail: dict[str, str | int]) -> None:
    entry = replace(ENTRY, event_id=event_id, at=at, detail=detail)  # type: ignore[arg-type]  # hypothesis says no more
    assert entry_of(item_of(entry, timedelta())) == entry


@given(st.sets(st.text(min_size=1, max_size=5), min_size=2))
def test_keys_sort_as_entries_do(event_ids: set[str]) -> None:
    entries = [replace(ENTRY, event_id=event_id) for event_id in sorted(event_ids)]
    keys = [item_of(entry, timedelta())["sk"]["S"].encode() for entry in entries]
    assert keys == sorted(keys)


def test_what_no_table_takes_does_not_fit() -> None:
    life = timedelta(days=1)
    longest = 1024 - len("2026-01-02T03:04:05.678901Z#")
    assert fits(item_of(replace(ENTRY, event_id="x" * longest), life))
    assert not fits(item_of(replace(ENTRY, event_id="x" * (longest + 1)), life))
    assert fits(item_of(replace(ENTRY, detail={"why": "x" * 400_000}), life))
    assert not fits(item_of(replace(ENTRY, detail={"why": "é" * 205_000}), life))
