"""``?format=json`` when a layout cannot be had: the first answer says so."""

import gzip
import io
from typing import Any

import pytest

from integration.http.site import Site, problem
from ocrcore import LOCAL_OWNER
from ocrcore.domain.errors import StorageUnavailable


def finished(site: Site, *texts: str) -> tuple[str, list[Any]]:
    job = site.submit(*texts)
    site.world.process_all()
    return job["id"], list(site.world.items(site.service.of(LOCAL_OWNER).list()[0]))


def replace_layout(site: Site, key: str, content: bytes | None) -> None:
    documents = site.world.context.documents
    documents.delete([key])
    if content is not None:
        documents.put(key, io.BytesIO(content))


WHOLE = gzip.compress(b'{"text": "A"}')


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"no gzip at all",
        WHOLE[:-9],
        WHOLE[:12] + b"\xff\xff\xff" + WHOLE[15:],
        gzip.compress(b'{"text": '),
        gzip.compress(b'{"text": "\xff"}'),
    ],
    ids=["missing", "empty", "other", "cut", "damaged", "cut JSON", "no UTF-8"],
)
def test_a_layout_that_is_lost_is_told_before_anything_is_sent(site: Site, content: bytes | None) -> None:
    job_id, items = finished(site, "A", "B", "C")
    replace_layout(site, items[1].layout_key, content)
    for path in (f"/jobs/{job_id}", f"/items/{items[1].id}"):
        fields = problem(site.get(f"{path}/result", format="json"), "internal-error")
        assert "position 1 is lost" in fields["detail"]
        assert "format=txt" in fields["detail"]
    assert site.get(f"/jobs/{job_id}/result").text == "A\fB\fC"
    assert site.get(f"/items/{items[0].id}/result", format="json").status_code == 200


def test_a_store_that_is_away_is_told_before_anything_is_sent(site: Site) -> None:
    job_id, items = finished(site, "A", "B")
    for path in (f"/jobs/{job_id}", f"/items/{items[1].id}"):
        site.world.documents.before("get", StorageUnavailable())
        answer = site.get(f"{path}/result", format="json")
        problem(answer, "storage-unavailable")
        assert int(answer.headers["retry-after"]) > 0


def test_a_result_says_how_long_it_is(site: Site) -> None:
    job_id, _ = finished(site, "A", *["\u00e9" * 450_000] * 2)
    answer = site.get(f"/jobs/{job_id}/result", format="json")
    assert int(answer.headers["content-length"]) == len(answer.content) > 1 << 20
    assert [item["text"][:1] for item in answer.json()["items"]] == ["A", "\u00e9", "\u00e9"]
