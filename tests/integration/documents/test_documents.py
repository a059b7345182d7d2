"""Odd documents, as uploads: each is read right, or refused by its name."""

from collections.abc import Iterator

import pytest

from documents_cases import CASES, Case
from entrypoints.library import Session, open_local
from ocrcore import ItemStatus
from ocrcore.domain.errors import Refusal


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with open_local(tmp_path_factory.mktemp("data"), slots=2) as session:
        yield session


@pytest.mark.parametrize("case", [case for case in CASES if not case.is_refused], ids=lambda case: case.path.name)
def test_each_page_of_a_document_is_read(session: Session, case: Case) -> None:
    job = session.wait(session.submit([case.path], engine="tesseract").id)
    items = list(session.items(job.id))
    assert [(item.page, item.status) for item in items] == [
        (number, ItemStatus.DONE) for number in range(1, case.expect["pages"] + 1)
    ]
    for item, words in zip(items, case.words, strict=True):
        assert words is None or set(words) <= set((item.ocr_text or "").split())
        assert words != [] or not item.ocr_text
    for item, size in zip(items, case.sizes, strict=False):
        assert [item.width, item.height] == size


@pytest.mark.parametrize("case", [case for case in CASES if case.is_refused], ids=lambda case: case.path.name)
def test_a_document_that_cannot_be_read_is_refused_with_its_name(session: Session, case: Case) -> None:
    before = len(list(session.list()))
    with pytest.raises(Refusal) as refused:
        session.submit([case.path])
    assert refused.value.code in case.expect["refusal"]
    assert str(refused.value).startswith(f"File 0 ({case.path.name}): The PDF ")
    assert len(list(session.list())) == before
