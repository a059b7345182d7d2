import errno
import os

import pytest

from adapters.local.errors import port_error, port_errors, store_errors
from ocrcore.domain.errors import StorageFull, StorageUnavailable
from ocrcore.ports.documents import DocumentExists, DocumentMissing

TABLE = [
    (errno.ENOENT, DocumentMissing),
    (errno.ENOTDIR, DocumentMissing),
    (errno.EISDIR, DocumentMissing),
    (errno.EEXIST, DocumentExists),
    (errno.ELOOP, ValueError),
    (errno.ENAMETOOLONG, ValueError),
    (errno.ENOSPC, StorageFull),
    (errno.EDQUOT, StorageFull),
    (errno.EACCES, StorageUnavailable),
    (errno.EPERM, StorageUnavailable),
    (errno.EROFS, StorageUnavailable),
    (errno.EIO, StorageUnavailable),
    (errno.EMFILE, StorageUnavailable),
    (errno.EFBIG, StorageUnavailable),
    (errno.ESTALE, StorageUnavailable),
    (None, StorageUnavailable),
]


def os_error(number: int | None) -> OSError:
    return OSError() if number is None else OSError(number, os.strerror(number), "/secret/path")


@pytest.mark.parametrize(("number", "kind"), TABLE)
def test_an_error_of_the_file_system_has_one_meaning(number: int | None, kind: type[Exception]) -> None:
    assert type(port_error(os_error(number))) is kind


def test_no_room_is_a_full_disk() -> None:
    with pytest.raises(StorageFull, match="disk of the documents is full"), store_errors():
        raise os_error(errno.ENOSPC)


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_no_error_tells_a_path(number: int) -> None:
    text = str(port_error(os_error(number)))
    assert text
    assert "secret" not in text


def test_an_error_about_a_document_is_translated() -> None:
    with pytest.raises(DocumentMissing), port_errors():
        raise os_error(errno.ENOENT)


def test_an_error_about_the_store_never_means_a_document() -> None:
    with pytest.raises(StorageUnavailable, match="ENOENT"), store_errors():
        raise os_error(errno.ENOENT)


def test_other_errors_pass() -> None:
    with pytest.raises(KeyError), port_errors(), store_errors():
        raise KeyError
