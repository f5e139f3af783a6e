from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from lanewise.stores.spool import Spool, framed_bytes, waits_in

CAPACITY = 4096


def opened(path: Path, capacity: int = CAPACITY) -> Spool:
    spool = Spool(path, capacity)
    spool.open()
    return spool


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "db.spool"


def test_what_was_appended_is_there_for_the_next_process(path: Path) -> None:
    spool = opened(path)
    spool.append([b"one", b"two"])
    spool.append([b"three"])
    spool.close()
    assert list(opened(path).payloads()) == [b"one", b"two", b"three"]


def test_its_space_is_taken_before_it_is_needed(path: Path) -> None:
    opened(path, 1 << 20)
    assert path.stat().st_blocks * 512 >= 1 << 20


def test_where_there_is_no_room_for_it_the_file_and_its_size_are_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(
        OSError, match=r"the spool '.*db\.spool' takes 2 MiB at once, and there is no such room: No space"
    ):
        opened(path, 2 << 20)


def test_it_says_what_fits_to_the_byte(path: Path) -> None:
    spool = opened(path)
    room = CAPACITY - framed_bytes(0)
    assert spool.fits(room)
    assert not spool.fits(room + 1)
    spool.append([bytes(100)])
    assert spool.fits(room - framed_bytes(100))
    assert not spool.fits(room - framed_bytes(100) + 1)
    assert not spool.fits(room - framed_bytes(100), after_bytes=1)


@pytest.mark.parametrize("kept_bytes", range(1, framed_bytes(5)))
def test_a_frame_cut_anywhere_is_no_frame(path: Path, kept_bytes: int) -> None:
    spool = opened(path)
    spool.append([b"whole"])
    spool.append([b"\xff\xfe\xfd\xfc\xfb"])
    spool.close()
    with path.open("r+b") as file:
        file.truncate(framed_bytes(5) + kept_bytes)
        file.truncate(CAPACITY)
    spool = opened(path)
    assert list(spool.payloads()) == [b"whole"]
    spool.append([b"next!"])
    assert list(spool.payloads()) == [b"whole", b"next!"]


def test_the_remains_of_a_torn_write_do_not_come_back_behind_a_later_one(path: Path) -> None:
    spool = opened(path)
    spool.append([b"first", b"later"])
    spool.close()
    with path.open("r+b") as file:  # of one write of two frames, only the second reached the disk
        file.write(bytes(framed_bytes(5)))
    spool = opened(path)
    assert spool.empty
    spool.append([b"fresh"])
    assert list(spool.payloads()) == [b"fresh"]


def test_a_changed_byte_ends_the_content(path: Path) -> None:
    spool = opened(path)
    spool.append([b"one", b"two"])
    spool.close()
    data = bytearray(path.read_bytes())
    data[framed_bytes(3) + framed_bytes(0)] ^= 1
    path.write_bytes(data)
    assert list(opened(path).payloads()) == [b"one"]


def test_cleared_is_empty_now_and_for_the_next_process(path: Path) -> None:
    spool = opened(path)
    spool.append([b"secret words"])
    assert waits_in(path)
    spool.clear()
    spool.close()
    assert not waits_in(path)
    assert opened(path).empty
    assert b"secret" not in path.read_bytes()


def test_a_failed_append_leaves_what_was_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opened(path)
    spool.append([b"one"])

    def broken(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        with pytest.raises(OSError, match="Input/output"):
            spool.append([b"two"])
    spool.append([b"three"])
    assert list(spool.payloads()) == [b"one", b"three"]


def test_only_its_owner_may_read_it(path: Path) -> None:
    opened(path)
    assert path.stat().st_mode & 0o077 == 0
