import os
import stat
from concurrent.futures import ThreadPoolExecutor
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
def uploads(documents: FolderDocuments, tmp_path: Path) -> FolderUploads:
    return FolderUploads(documents, tmp_path)


class TestFolderUploads(UploadsContract):
    @pytest.fixture
    def documents(self, tmp_path: Path) -> FolderDocuments:
        return FolderDocuments(tmp_path / "documents", "ocr-jobs-bucket")

    @pytest.fixture
    def uploads(self, documents: FolderDocuments, tmp_path: Path) -> Uploads:
        return FolderUploads(documents, tmp_path)


def signature(uploads: FolderUploads) -> str:
    return parse_qs(urlsplit(uploads.address(GRANT).url).query)["signature"][0]


def test_an_address_is_a_path_of_this_service(uploads: FolderUploads) -> None:
    address = uploads.address(GRANT)
    assert (address.method, address.fields) == ("PUT", {})
    assert address.url.startswith(f"/api/v1/uploads/{GRANT.job_id}/0?size=5&expires=1767323045&signature=")


def test_an_address_is_recognised(uploads: FolderUploads) -> None:
    assert uploads.admits(GRANT, signature(uploads))


def test_every_process_on_the_folder_recognises_it(documents: FolderDocuments, tmp_path: Path) -> None:
    processes = [FolderUploads(documents, tmp_path) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        signatures = set(threads.map(signature, processes))
    assert len(signatures) == 1
    assert FolderUploads(documents, tmp_path).admits(GRANT, signatures.pop())


def test_another_folder_has_another_secret(documents: FolderDocuments, uploads: FolderUploads, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert not FolderUploads(documents, elsewhere).admits(GRANT, signature(uploads))


def test_the_secret_is_for_its_owner_only_and_alone(uploads: FolderUploads, tmp_path: Path) -> None:
    signature(uploads)
    (secret,) = tmp_path.glob("upload-secret*")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_a_secret_that_was_cut_signs_nothing(uploads: FolderUploads, tmp_path: Path) -> None:
    (tmp_path / "upload-secret").write_bytes(b"")
    with pytest.raises(StorageUnavailable, match="upload-secret"):
        uploads.address(GRANT)


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
