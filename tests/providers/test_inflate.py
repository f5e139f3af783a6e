"""Compressed bodies: whatever the pieces are cut into, all of it and never much of it at once."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.failure import FailureKind
from lanewise.providers import inflate
from lanewise.providers.inflate import Inflate
from lanewise.providers.socket_failures import ConnectionBroken


def bare(data: bytes) -> bytes:
    packed = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packed.compress(data) + packed.flush()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "bare": bare,
}


def unpacked(encoding: str, data: bytes, piece_bytes: int) -> bytes:
    reading, blocks = Inflate(encoding), []
    for at in range(0, len(data), piece_bytes):
        blocks.append(reading.feed(data[at : at + piece_bytes]))
        while reading.holds:
            blocks.append(reading.more())
    assert reading.whole
    return b"".join(blocks)


@pytest.mark.parametrize("how", PACKED)
@given(data=st.binary(min_size=1, max_size=2000), piece_bytes=st.integers(1, 100))
def test_what_was_compressed_comes_back_however_it_is_cut(how: str, data: bytes, piece_bytes: int) -> None:
    encoding = "deflate" if how == "bare" else how
    assert unpacked(encoding, PACKED[how](data), piece_bytes) == data


def test_several_compressed_parts_in_a_row_are_one_body() -> None:
    assert unpacked("gzip", gzip.compress(b"one ") + gzip.compress(b"two"), 1000) == b"one two"


def test_a_small_body_that_stands_for_a_huge_one_comes_in_pieces() -> None:
    reading = Inflate("gzip")
    most = len(reading.feed(gzip.compress(bytes(50_000_000))))
    total = most
    while reading.holds:
        piece = reading.more()
        most, total = max(most, len(piece)), total + len(piece)
    assert (total, most) == (50_000_000, inflate._AT_ONCE_BYTES)


def test_a_body_that_stops_early_is_not_whole() -> None:
    reading = Inflate("gzip")
    reading.feed(gzip.compress(b"hello")[:-3])
    assert not reading.whole


@pytest.mark.parametrize(("encoding", "data"), [("gzip", b"{}"), ("deflate", b"\xff\xff"), ("br", b"\x0b\x00")])
def test_what_cannot_be_decompressed_is_malformed(encoding: str, data: bytes) -> None:
    with pytest.raises(ConnectionBroken, match="cannot be decompressed") as caught:
        Inflate(encoding).feed(data)
    assert caught.value.kind is FailureKind.MALFORMED
