"""Errors that only the worker can find, and foreign, duplicate and late messages; with the real engine."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from PIL import Image

import pictures
from adapters.engines.engine import ChildEngine
from adapters.engines.tsv import HEADING
from entrypoints.settings import Settings
from integration.engines.samples import noise, replace_tesseract
from integration.http.plant import Plant, codes, planted
from ocrcore.domain.codes import ITEM_ERROR_SENTENCES, ItemErrorCode
from ocrcore.ports.engine import Engine
from ocrcore.ports.queue import Outgoing
from ocrcore.testing.patience import FOREVER

pytestmark = pytest.mark.usefixtures("tesseract")

GOOD = pictures.png("HELLO WORLD")
SECOND = timedelta(seconds=1)
MakePlant = Callable[..., Plant]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakePlant]:
    with ExitStack() as stack:

        def make(engine: Engine | None = None, **changes: Any) -> Plant:  # noqa: ANN401 - a setting of any type
            # tests replace the program of this engine
            settings = Settings(data_dir=tmp_path / "data", engine="tesseract", **changes)
            return stack.enter_context(planted(settings.data_dir, settings, engine))

        yield make


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """One service for all tests that need no other settings."""
    data = tmp_path_factory.mktemp("plant")
    with planted(data, Settings(data_dir=data, item_timeout=timedelta(seconds=FOREVER))) as plant:
        yield plant


def test_a_list_of_paths_in_the_store_is_an_error_and_opens_no_file(shared: Plant, tmp_path: Path) -> None:
    (tmp_path / "private.png").write_bytes(pictures.png("PRIVATE"))
    job_id = shared.submit(GOOD)
    file = shared.file(shared.items(job_id)[0])
    file.chmod(0o600)
    file.write_text(f"{tmp_path / 'private.png'}\n")
    (item,) = shared.finish(job_id)
    assert (item["status"], item["error_code"], item["ocr_text"]) == ("ERROR", "unsupported-image", None)


def test_a_truncated_picture_is_one_error_among_good_pages(shared: Plant) -> None:
    whole = pictures.FORMS["jpeg"]("HELLO WORLD")
    items = shared.read(GOOD, whole[: len(whole) // 2], whole)
    assert codes(items) == [None, "image-truncated", None]
    assert [item["status"] for item in items] == ["DONE", "ERROR", "DONE"]
    assert shared.job(items[0]["job_id"])["status"] == "ERROR"


def test_a_damaged_picture_is_one_error_among_good_pages(shared: Plant) -> None:
    assert codes(shared.read(pictures.damaged_png("HELLO"), GOOD)) == ["image-corrupt", None]


def test_a_picture_that_needs_too_much_memory_is_an_error_and_the_worker_lives(make: MakePlant) -> None:
    with ChildEngine(memory=250 << 20) as engine:
        plant = make(engine)
        large = pictures.save(Image.new("RGB", (7000, 7000)))
        assert codes(plant.read(large, GOOD)) == ["image-too-large", None]


@pytest.mark.parametrize("kind", ["noise", "blank", "one-pixel"])
def test_a_picture_without_words_is_done(shared: Plant, kind: str) -> None:
    content = {
        "noise": noise(100),
        "blank": pictures.png(""),
        "one-pixel": pictures.save(Image.new("L", (1, 1), 255)),
    }[kind]
    (item,) = shared.read(content)
    assert (item["status"], item["ocr_text"], item["confidence"]) == ("DONE", "", None)
    assert shared.client.get(f"/api/v1/items/{item['id']}/result").text == ""


def test_ink_without_words_is_a_warning(shared: Plant) -> None:
    for content, warnings in ((pictures.save(pictures.drawing()), ["no-words"]), (pictures.png(""), []), (GOOD, [])):
        (item,) = shared.read(content)
        assert (item["status"], item["warnings"]) == ("DONE", warnings)


def test_a_page_that_takes_too_long_is_tried_to_the_limit(
    make: MakePlant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_tesseract(monkeypatch, tmp_path / "bin", "exec sleep 100")
    (item,) = make(item_timeout=SECOND, max_attempts=2).read(GOOD)
    assert (item["status"], item["error_code"], item["attempts"]) == ("ERROR", "ocr-timeout", 2)


@pytest.mark.parametrize("death", ["kill -SEGV $$", "kill -KILL $$", "exit 1"])
def test_an_engine_that_crashes_is_tried_to_the_limit(
    make: MakePlant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, death: str
) -> None:
    replace_tesseract(monkeypatch, tmp_path / "bin", death)
    (item,) = make(max_attempts=2).read(GOOD)
    assert (item["status"], item["error_code"], item["attempts"]) == ("ERROR", "ocr-crashed", 2)


def test_a_job_of_every_kind_of_picture_has_the_right_texts(shared: Plant) -> None:
    items = shared.read(*(draw("HELLO WORLD") for draw in pictures.FORMS.values()))
    wrong = {form: item["ocr_text"] for form, item in zip(pictures.FORMS, items, strict=True) if item["error_code"]}
    assert wrong == {}
    texts = {form: item["ocr_text"] for form, item in zip(pictures.FORMS, items, strict=True)}
    assert texts == dict.fromkeys(pictures.FORMS, "HELLO WORLD")


def test_a_text_that_is_too_long_is_an_error_and_never_cut(make: MakePlant) -> None:
    items = make(max_text_bytes=11).read(GOOD, pictures.png("HELLO WORLDS"))
    assert codes(items) == [None, "text-too-large"]
    assert [item["ocr_text"] for item in items] == ["HELLO WORLD", None]


def test_text_of_every_script_is_kept_without_control_characters(
    make: MakePlant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["\U0001f600", "\u6f22\u5b57", "\u05d0\u05d1", "e\u0301\0\x07", "end"]
    rows = "".join(f"5\t1\t1\t1\t1\t{n}\t0\t0\t9\t9\t90\t{word}\n" for n, word in enumerate(words, 1))
    table = f"{HEADING}\n1\t1\t0\t0\t0\t0\t0\t0\t640\t160\t-1\t\n{rows}5\t1\t1\t2\t1\t1\t0\t0\t9\t9\t90\tnext"
    said = tmp_path / "bin"
    said.mkdir()
    (said / "said.tsv").write_bytes(table.encode() + b"\xed\xa0\x80\n")
    (said / "said.txt").write_bytes(" ".join(words).encode() + b"  \r\n\fnext\n\n\xed\xa0\x80")
    replace_tesseract(monkeypatch, said, f'for form in txt tsv; do cat {said}/said.$form > "$2.$form"; done')
    plant = make()
    (item,) = plant.read(pictures.png(""))
    text = item["ocr_text"]
    assert text.startswith("\U0001f600 \u6f22\u5b57 \u05d0\u05d1 \xe9 end\n\nnext")
    assert not re.search("[\0-\x08\x0b-\x1f\ud800-\udfff]", text)
    assert plant.client.get(f"/api/v1/items/{item['id']}/result").text == text
    assert plant.client.get(f"/api/v1/items/{item['id']}/result?format=json").json()["text"] == text


def test_a_missing_file_is_an_error_after_every_attempt(shared: Plant) -> None:
    job_id = shared.submit(GOOD)
    shared.file(shared.items(job_id)[0]).unlink()
    (item,) = shared.finish(job_id)
    assert (item["error_code"], item["attempts"]) == ("source-missing", 3)


STRANGE = [b"", b"not json", b"[]", b'"x"', b"null", b"\xff\xfe", b'{"job_id": 1}', b"{" * 5000, b'{"a": 1}']


def test_foreign_messages_are_removed_and_delay_no_page(make: MakePlant) -> None:
    plant = make()
    plant.context.queue.send([Outgoing(body.decode("latin-1"), "x") for body in STRANGE if body])
    assert codes(plant.read(GOOD)) == [None]
    assert plant.messages == 0


def test_a_message_for_an_unknown_item_is_neither_read_nor_deleted(make: MakePlant) -> None:
    plant = make()
    body = json.dumps(
        {
            "job_id": str(uuid4()),
            "item_id": str(uuid4()),
            "s3_bucket": "b",
            "s3_key": "jobs/x/y.png",
            "created_at": "2026-01-01T00:00:00Z",
        }
    )
    plant.context.queue.send([Outgoing(body, "x")])
    assert codes(plant.read(GOOD)) == [None]
    assert plant.messages == 1


def message_of(plant: Plant, job_id: str, **lies: str) -> Outgoing:
    (item,) = plant.items(job_id)
    fields = {"job_id": job_id, "item_id": item["id"], "s3_bucket": plant.context.documents.bucket}
    fields |= {"s3_key": item["s3_key"], "created_at": item["created_at"]}
    return Outgoing(json.dumps(fields | lies), "local")


def test_a_message_that_names_another_file_does_not_change_what_is_read(make: MakePlant) -> None:
    plant = make()
    other = plant.submit(pictures.png("PRIVATE"))
    plant.finish(other)
    job_id = plant.submit(GOOD)
    theirs = plant.context.queue.receive(10, wait=timedelta())
    plant.context.queue.delete([message.receipt for message in theirs])
    key = plant.items(other)[0]["s3_key"]
    plant.context.queue.send([message_of(plant, job_id, s3_key=key, s3_bucket="another")])
    (item,) = plant.finish(job_id)
    assert item["ocr_text"] == "HELLO WORLD"


def test_a_page_with_duplicate_messages_is_read_once(make: MakePlant) -> None:
    plant = make()
    job_id = plant.submit(GOOD)
    plant.context.queue.send([message_of(plant, job_id)] * 3)
    (item,) = plant.finish(job_id)
    assert (item["status"], item["attempts"]) == ("DONE", 1)
    assert plant.messages == 0


def test_a_late_message_of_a_finished_page_changes_nothing(make: MakePlant) -> None:
    plant = make()
    job_id = plant.submit(GOOD)
    late = message_of(plant, job_id)
    before = plant.finish(job_id)
    plant.context.queue.send([late])
    plant.work()
    assert plant.items(job_id) == before
    assert plant.messages == 0


def test_a_message_of_a_deleted_job_restores_nothing(make: MakePlant) -> None:
    plant = make()
    job_id = plant.submit(GOOD)
    plant.client.delete(f"/api/v1/jobs/{job_id}")
    plant.work()
    assert plant.context.documents.keys("", 10) == []
    assert plant.messages == 0


def test_no_page_is_read_after_the_deadline(make: MakePlant) -> None:
    plant = make(job_ttl=timedelta(minutes=1))
    job_id = plant.submit(GOOD, GOOD)
    plant.worker.receive_once(timedelta())
    plant.worker.work_one()
    plant.clock.advance(timedelta(minutes=1))
    plant.work()
    assert plant.job(job_id)["status"] == "EXPIRED"
    done, late = plant.items(job_id)
    assert (done["ocr_text"], late["error_code"], late["attempts"]) == ("HELLO WORLD", "expired", 0)
    assert plant.client.get(f"/api/v1/jobs/{job_id}/result").text == "HELLO WORLD"
    assert plant.messages == 0


def test_what_an_item_says_comes_from_the_table_of_sentences(shared: Plant) -> None:
    (item,) = shared.read(pictures.damaged_png("HELLO"))
    assert item["error_msg"] == ITEM_ERROR_SENTENCES[ItemErrorCode(item["error_code"])]
    assert UUID(item["id"]).version == 7
