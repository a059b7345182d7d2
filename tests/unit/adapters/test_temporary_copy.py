"""Copies of streams in temporary files."""

import io
import tempfile
from pathlib import Path

import pytest

from adapters.temporary_copy import temporary_copy
from limited_disk import limited_disk
from ocrcore.domain.errors import StorageFull

_MEGABYTE = 1 << 20


def test_a_copy_has_the_rest_of_the_stream() -> None:
    stream = io.BytesIO(b"ab" * 3 * _MEGABYTE)
    stream.read(2)
    with temporary_copy(stream) as copy:
        assert copy.tell() == 6 * _MEGABYTE - 2
        assert Path(f"/proc/self/fd/{copy.fileno()}").stat().st_size == 6 * _MEGABYTE - 2


@pytest.mark.parametrize("missing", [1, 4096, _MEGABYTE // 2, _MEGABYTE])
@pytest.mark.parametrize("used", [0, _MEGABYTE // 4])
def test_a_copy_is_whole_or_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: int, used: int
) -> None:
    with limited_disk(tmp_path / "disk") as disk:  # of 8 MiB
        (disk.folder / "used").write_bytes(bytes(used))
        monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
        with pytest.raises(StorageFull, match="make room"):
            temporary_copy(io.BytesIO(bytes(8 * _MEGABYTE - used + missing)))
        temporary_copy(io.BytesIO(bytes(4 * _MEGABYTE))).close()


def test_what_the_stream_raises_is_passed_on() -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1, /) -> bytes:
            raise ConnectionResetError(size)

    with pytest.raises(ConnectionResetError):
        temporary_copy(Broken())
