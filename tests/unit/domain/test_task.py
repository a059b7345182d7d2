import json
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.task import Task
from unit.domain.examples import ITEM_ID, JOB_ID, NOW

TASK = Task(JOB_ID, ITEM_ID, "ocr-jobs-bucket", f"jobs/{JOB_ID}/{ITEM_ID}.jpg", NOW)
BODY = {
    "job_id": "018cc251-f400-7000-8000-000000000001",
    "item_id": "018cc251-f401-7000-8000-000000000001",
    "s3_bucket": "ocr-jobs-bucket",
    "s3_key": "jobs/018cc251-f400-7000-8000-000000000001/018cc251-f401-7000-8000-000000000001.jpg",
    "created_at": "2024-02-29T12:00:00.000000Z",
}

OTHER_JOB = "018cc251-f400-7000-8000-000000000002"

TASKS = st.builds(Task, st.uuids(), st.uuids(), st.text(), st.text(), st.datetimes(timezones=st.just(UTC)))
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(sorted(BODY)), inner),
    max_leaves=10,
)


def test_a_message_has_exactly_the_five_keys() -> None:
    assert json.loads(TASK.to_json()) == BODY


def test_a_message_is_read_in_any_spacing_and_order_of_its_keys() -> None:
    assert Task.from_json(json.dumps(dict(reversed(BODY.items())), indent=2)) == TASK


@pytest.mark.parametrize(
    ("bucket", "key", "own"),
    [
        (TASK.s3_bucket, TASK.s3_key, True),
        (TASK.s3_bucket, f"jobs/{JOB_ID}/another.png", True),
        ("other-bucket", TASK.s3_key, False),
        (TASK.s3_bucket, f"jobs/{OTHER_JOB}/{ITEM_ID}.jpg", False),
        (TASK.s3_bucket, f"jobs/{JOB_ID}", False),
        ("other-bucket", f"jobs/{OTHER_JOB}/{ITEM_ID}.jpg", False),
    ],
)
def test_a_document_is_the_tasks_own_in_the_bucket_and_within_the_job(
    bucket: str,
    key: str,
    own: bool,  # noqa: FBT001 - a column of the table
) -> None:
    task = Task(JOB_ID, ITEM_ID, bucket, key, NOW)
    assert task.names_own_document(TASK.s3_bucket) is own


@given(TASKS)
def test_a_task_reads_as_it_was_written(task: Task) -> None:
    assert Task.from_json(task.to_json()) == task


@given(TASKS)
def test_a_message_has_no_character_that_a_queue_refuses(task: Task) -> None:
    assert all(" " <= character <= "~" for character in task.to_json())


@pytest.mark.parametrize("key", BODY)
@pytest.mark.parametrize("value", [None, 1, True, 1.5, [], {}, ["text"]])
def test_a_field_of_another_type_is_refused(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=r"^not an object of strings$"):
        Task.from_json(json.dumps({**BODY, key: value}))


@pytest.mark.parametrize("key", BODY)
def test_a_missing_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"^not the five keys of a task$"):
        Task.from_json(json.dumps({name: value for name, value in BODY.items() if name != key}))


def test_a_key_too_many_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^not the five keys of a task$"):
        Task.from_json(json.dumps({**BODY, "attempt": "1"}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("job_id", ""),
        ("job_id", "1"),
        ("item_id", "../../etc/passwd"),
        ("item_id", "018cc251-f401-7000-8000-00000000000g"),
        ("created_at", ""),
        ("created_at", "yesterday"),
        ("created_at", "2024-02-29T12:00:00"),
        ("created_at", "0001-01-01T00:00:00+23:59"),
    ],
)
def test_a_field_that_means_nothing_is_refused(key: str, value: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the kind is the promise; the words are the standard library's
        Task.from_json(json.dumps({**BODY, key: value}))


@pytest.mark.parametrize(
    "body", ["", " ", "null", "1", '"text"', "[]", "{}", "{", "[" * 100_000, "9" * 5_000, "\ufeff{}", "\ud800"]
)
def test_a_body_of_another_kind_is_refused(body: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the kind is the promise; the words are the standard library's
        Task.from_json(body)


@pytest.mark.parametrize("body", ["null", "1", '"text"', "[]", '["text"]', "[" * 100_000])
def test_a_body_that_is_no_object_is_told_so(body: str) -> None:
    with pytest.raises(ValueError, match=r"^not an object of strings$"):
        Task.from_json(body)


def assert_task_or_value_error(body: str) -> None:
    try:
        task = Task.from_json(body)
    except ValueError:
        return
    assert Task.from_json(task.to_json()) == task


@given(st.text())
def test_any_text_is_a_task_or_refused(body: str) -> None:
    assert_task_or_value_error(body)


@given(JSON)
def test_any_json_is_a_task_or_refused(value: object) -> None:
    assert_task_or_value_error(json.dumps(value))


@given(st.fixed_dictionaries(dict.fromkeys(BODY, st.text())))
def test_any_five_texts_are_a_task_or_refused(value: dict[str, str]) -> None:
    assert_task_or_value_error(json.dumps(value))
