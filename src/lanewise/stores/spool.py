"""Where rows wait when the store does not take them: a file of checksummed frames, synced before a row counts as kept.

Its space is taken when it is opened, so that the commonest reason for needing it, a full disk, does not take it away as well. A frame
is its length, the CRC-32 of its payload, and the payload; a length of zero, or a frame that does not check, ends the file's content: the
tail of a write that was cut short was never acknowledged.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

_HEAD = struct.Struct(">II")
_CHUNK = 1 << 20


class Spool:
    """An append-only file of bounded size that is emptied all at once. Its methods raise OSError."""

    def __init__(self, path: Path, capacity_bytes: int) -> None:
        self._path = path
        self._capacity = capacity_bytes
        self._descriptor = -1
        self._end = 0

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return self._end == 0

    def open(self) -> None:
        """Reserve the space, and find what an earlier process left."""
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        size = os.fstat(self._descriptor).st_size
        self._capacity = max(self._capacity, size)
        if size < self._capacity:
            try:
                self._reserve(size)
            except OSError as error:
                mib = -(-self._capacity >> 20)
                words = f"the spool {str(self._path)!r} takes {mib} MiB at once, and there is no such room: {error.strerror}"
                raise OSError(error.errno, words) from error
        self._end = sum(_HEAD.size + len(payload) for payload in self.payloads())
        if not self._blank(self._end):
            # What is appended next must not run into the remains of a torn write.
            self._erase(self._end, self._capacity)

    def fits(self, payload_bytes: int, after_bytes: int = 0) -> bool:
        """Whether a payload of this size has room behind `after_bytes` of frames that are yet to be appended."""
        return self._end + after_bytes + framed_bytes(payload_bytes) <= self._capacity

    def append(self, payloads: Sequence[bytes]) -> None:
        """Keep all of these; when it returns they are on disk. On an error none of them counts. They must fit."""
        data = b"".join(_HEAD.pack(len(payload), zlib.crc32(payload)) + payload for payload in payloads)
        _write(self._descriptor, data, self._end)
        os.fsync(self._descriptor)
        self._end += len(data)

    def payloads(self) -> Iterator[bytes]:
        """Everything that waits, in the order it came."""
        at = 0
        while True:
            head = os.pread(self._descriptor, _HEAD.size, at)
            if len(head) < _HEAD.size:
                return
            length, checksum = _HEAD.unpack(head)
            if length == 0 or at + _HEAD.size + length > self._capacity:
                return
            payload = os.pread(self._descriptor, length, at + _HEAD.size)
            if len(payload) < length or zlib.crc32(payload) != checksum:
                return
            yield payload
            at += _HEAD.size + length

    def clear(self) -> None:
        """Forget everything, from the front: a clear that is cut short leaves a shorter spool or the same one, never a broken one."""
        self._erase(0, self._end)
        self._end = 0

    def close(self) -> None:
        """Give the file back; what waits stays in it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _reserve(self, size: int) -> None:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(self._descriptor, 0, self._capacity)
        else:  # macOS
            self._erase(size, self._capacity)
        os.fsync(self._descriptor)

    def _blank(self, start: int) -> bool:
        chunks = (os.pread(self._descriptor, _CHUNK, at) for at in range(start, self._capacity, _CHUNK))
        return all(chunk.count(0) == len(chunk) for chunk in chunks)

    def _erase(self, start: int, stop: int) -> None:
        for at in range(start, stop, _CHUNK):
            _write(self._descriptor, bytes(min(_CHUNK, stop - at)), at)
        os.fsync(self._descriptor)


def framed_bytes(payload_bytes: int) -> int:
    """What a payload takes in the file."""
    return _HEAD.size + payload_bytes


def _write(descriptor: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, at)
        view, at = view[written:], at + written


def waits_in(path: Path) -> bool:
    """Whether a spool file that nobody has open holds anything. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(_HEAD.size)
    return len(head) == _HEAD.size and _HEAD.unpack(head)[0] != 0
