"""Room for uploads, and the files of a request in one spool."""

import io

import pytest

from entrypoints.http.problems import HttpProblem
from entrypoints.http.upload_room import SPOOL, UploadRoom


def test_the_files_of_a_request_do_not_mix() -> None:
    with UploadRoom(1_000_000).spool() as spool:
        for content in (b"one", b"", b"x" * SPOOL, b"last"):
            spool.write(content)
        parts = [spool.file(0, 3), spool.file(3, 3), spool.file(3, 3 + SPOOL), spool.file(3 + SPOOL, 7 + SPOOL)]
        assert [part.read() for part in reversed(parts)] == [b"last", b"x" * SPOOL, b"", b"one"]


def test_a_file_in_a_spool_reads_like_any_other() -> None:
    with UploadRoom(100).spool() as spool:
        spool.write(b"before, and the file, and behind")
        part = spool.file(12, 20)
        assert (part.seek(0, io.SEEK_END), part.read(), part.tell()) == (8, b"", 8)
        assert (part.seek(4), part.read(2), part.read(-1), part.tell()) == (4, b"fi", b"le", 8)
        part.seek(0)
        buffer = bytearray(20)
        assert part.readinto(buffer) == 8  # type: ignore[attr-defined] # a raw file has it
        assert bytes(buffer[:8]) == b"the file"


def test_room_is_given_back_when_an_upload_ends() -> None:
    room = UploadRoom(10, most_uploads=1)
    for _ in range(3):
        with room.spool() as spool:
            spool.write(bytes(10))
            with pytest.raises(HttpProblem, match="as many uploads as it has room for"):
                spool.write(b"x")


def test_a_number_of_uploads_is_received_at_the_same_time() -> None:
    room = UploadRoom(10, most_uploads=1)
    with room.spool(), pytest.raises(HttpProblem, match="as many uploads"), room.spool():
        pass


def test_one_owner_never_has_all_of_the_room() -> None:
    room = UploadRoom(10, most_uploads=4)
    with room.spool("ana") as first, room.spool("ana") as second:
        with pytest.raises(HttpProblem, match="as many uploads"), room.spool("ana"):
            pass
        first.write(bytes(4))
        with pytest.raises(HttpProblem, match="as many uploads"):
            second.write(bytes(2))
        with room.spool("bob") as other:
            other.write(bytes(6))
    with room.spool("ana") as alone:
        alone.write(bytes(10))


def test_where_there_is_one_owner_nobody_shares() -> None:
    room = UploadRoom(10, most_uploads=2)
    with room.spool() as first, room.spool() as second:
        first.write(bytes(5))
        second.write(bytes(5))
