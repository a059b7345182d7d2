import os
import stat
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.local.documents import FolderDocuments
from adapters.local.uploads import FolderUploads
from ocrcore.domain.errors import StorageUnavailable
from ocrcore.ports.uploads import UploadGrant, Uploads
from ocrcore.testing.builders import an_id
from ocrcore.testing.uploads import UploadsContract

GRANT = UploadGrant(an_id(1), 0, 5, "image/png", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


@pytest.fixture
def documents(tmp_path: Path) -> FolderDocuments:
    return FolderDocuments(tmp_path / "documents", "ocr-jobs-bucket")


@pytest.fixture
def uploads(documents: FolderDocuments) -> FolderUploads:
    return FolderUploads(documents, lambda: b"one")


class TestFolderUploads(UploadsContract):
    @pytest.fixture
    def documents(self, tmp_path: Path) -> FolderDocuments:
        return FolderDocuments(tmp_path / "documents", "ocr-jobs-bucket")

    @pytest.fixture
    def uploads(self, documents: FolderDocuments) -> Uploads:
        return FolderUploads(documents, lambda: b"one")


def signature(uploads: FolderUploads) -> str:
    return parse_qs(urlsplit(uploads.address(GRANT).url).query)["signature"][0]


def test_an_address_is_a_path_of_this_service(uploads: FolderUploads) -> None:
    address = uploads.address(GRANT)
    assert (address.method, address.fields) == ("PUT", {})
    assert address.url.startswith(f"/api/v1/uploads/{GRANT.job_id}/0?size=5&expires=1767323045&signature=")


def test_an_address_is_recognised(uploads: FolderUploads) -> None:
    assert uploads.admits(GRANT, signature(uploads))


def test_another_process_with_the_secret_recognises_it_and_one_with_another_secret_does_not(
    documents: FolderDocuments, uploads: FolderUploads
) -> None:
    assert FolderUploads(documents, lambda: b"one").admits(GRANT, signature(uploads))
    assert not FolderUploads(documents, lambda: b"two").admits(GRANT, signature(uploads))


def test_the_secret_is_asked_for_when_something_is_signed_and_only_once(documents: FolderDocuments) -> None:
    asked: list[str] = []

    def secret() -> bytes:
        asked.append("")
        return b"one"

    uploads = FolderUploads(documents, secret)
    uploads.store(GRANT.key, BytesIO(b"first"))
    assert asked == []
    uploads.admits(GRANT, signature(uploads))
    assert len(asked) == 1


def test_nobody_else_may_look_at_an_upload(uploads: FolderUploads, tmp_path: Path) -> None:
    uploads.store(GRANT.key, BytesIO(b"first"))
    file = tmp_path / "documents" / GRANT.key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.fixture
def broken() -> BytesIO:
    class Broken(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, f"{os.strerror(5)}, {size} bytes")

    return Broken(b"other")


def test_an_upload_that_fails_leaves_the_one_before(uploads: FolderUploads, broken: BytesIO, tmp_path: Path) -> None:
    uploads.store(GRANT.key, BytesIO(b"first"))
    before = uploads.stat(GRANT.key)
    with pytest.raises(StorageUnavailable):
        uploads.store(GRANT.key, broken)
    assert uploads.stat(GRANT.key) == before
    assert list((tmp_path / "documents" / ".incoming").iterdir()) == []
