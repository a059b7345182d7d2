"""The contract of ``Uploads``."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Final

import pytest

from ocrcore.domain.errors import UploadMismatch, UploadMissing
from ocrcore.ports.documents import DocumentMissing, Documents
from ocrcore.ports.uploads import UploadGrant, Uploads
from ocrcore.testing.builders import an_id

_GRANT: Final = UploadGrant(an_id(1), 0, 5, "image/png", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
_KEY: Final = _GRANT.key
_DOCUMENT: Final = f"jobs/{an_id(1)}/{an_id(2)}.png"


class UploadsContract:
    """The contract of ``Uploads``. Override the fixtures with an empty store, and its documents."""

    @pytest.fixture
    def uploads(self) -> Uploads:
        """Return the uploads under test."""
        raise NotImplementedError

    @pytest.fixture
    def documents(self) -> Documents:
        """Return the documents of the same store."""
        raise NotImplementedError

    def test_what_was_uploaded_is_there(self, uploads: Uploads) -> None:
        uploads.store(_KEY, BytesIO(b"first"))
        stored = uploads.stat(_KEY)
        with closing(uploads.open(_KEY, stored.version)) as content:
            assert (stored.size, content.read()) == (5, b"first")

    def test_an_upload_has_a_position_and_seeks(self, uploads: Uploads) -> None:
        uploads.store(_KEY, BytesIO(b"first"))
        with closing(uploads.open(_KEY, uploads.stat(_KEY).version)) as content:
            assert (content.seek(0, 2), content.seek(3), content.read()) == (5, 3, b"st")

    def test_only_the_rest_of_a_stream_is_stored(self, uploads: Uploads) -> None:
        content = BytesIO(b"not first")
        content.seek(4)
        uploads.store(_KEY, content)
        assert uploads.stat(_KEY).size == 5

    def test_another_upload_takes_the_place_of_the_first(self, uploads: Uploads) -> None:
        uploads.store(_KEY, BytesIO(b"first"))
        first = uploads.stat(_KEY).version
        uploads.store(_KEY, BytesIO(b"other"))
        other = uploads.stat(_KEY).version
        assert other != first
        with closing(uploads.open(_KEY, other)) as content:
            assert content.read() == b"other"
        with pytest.raises(UploadMismatch):
            uploads.open(_KEY, first)

    def test_what_was_opened_stays_as_it_was(self, uploads: Uploads) -> None:
        uploads.store(_KEY, BytesIO(b"first"))
        with closing(uploads.open(_KEY, uploads.stat(_KEY).version)) as content:
            uploads.store(_KEY, BytesIO(b"other"))
            assert content.read() == b"first"

    def test_what_is_missing_is_said_to_be(self, uploads: Uploads) -> None:
        with pytest.raises(UploadMissing):
            uploads.stat(_KEY)
        with pytest.raises(UploadMissing):
            uploads.open(_KEY, "any")
        with pytest.raises(UploadMissing):
            uploads.copy(_KEY, "any", _DOCUMENT)

    def test_a_copy_is_a_document(self, uploads: Uploads, documents: Documents) -> None:
        uploads.store(_KEY, BytesIO(b"first"))
        uploads.copy(_KEY, uploads.stat(_KEY).version, _DOCUMENT)
        uploads.store(_KEY, BytesIO(b"other"))
        assert documents.get(_DOCUMENT) == b"first"

    def test_what_has_changed_is_not_copied(self, uploads: Uploads, documents: Documents) -> None:
        uploads.store(_KEY, BytesIO(b"first"))
        first = uploads.stat(_KEY).version
        uploads.store(_KEY, BytesIO(b"other"))
        with pytest.raises(UploadMismatch):
            uploads.copy(_KEY, first, _DOCUMENT)
        with pytest.raises(DocumentMissing):
            documents.get(_DOCUMENT)

    def test_uploads_are_listed_and_deleted_as_documents(self, uploads: Uploads, documents: Documents) -> None:
        uploads.store(_KEY, BytesIO(b"first"))
        assert documents.keys("uploads/", 10) == [_KEY]
        documents.delete([_KEY])
        with pytest.raises(UploadMissing):
            uploads.stat(_KEY)

    def test_an_address_ends_when_its_grant_does(self, uploads: Uploads) -> None:
        address = uploads.address(_GRANT)
        assert address.expires_at == _GRANT.until
        assert address.method in {"PUT", "POST"}

    def test_a_signature_is_of_one_grant(self, uploads: Uploads) -> None:
        """Those of a store that takes uploads itself are of none."""
        signature = uploads.address(_GRANT).url.rpartition("signature=")[2]
        others = [
            UploadGrant(an_id(2), 0, 5, "image/png", _GRANT.until),
            UploadGrant(an_id(1), 1, 5, "image/png", _GRANT.until),
            UploadGrant(an_id(1), 0, 6, "image/png", _GRANT.until),
            UploadGrant(an_id(1), 0, 5, "image/png", _GRANT.until + timedelta(seconds=1)),
        ]
        assert not any(uploads.admits(other, signature) for other in others)
        assert not uploads.admits(_GRANT, "")
        assert not uploads.admits(_GRANT, "\ud800\N{EURO SIGN}")
