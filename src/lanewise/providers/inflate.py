"""A compressed body, decompressed as it is read: never more of it at once than a reader wants to hold."""

from __future__ import annotations

import zlib

from lanewise.core.failure import FailureKind
from lanewise.providers.socket_failures import ConnectionBroken

#: What vendors are told that they may use.
ACCEPTED = "gzip, deflate"

_AT_ONCE_BYTES = 256 * 1024
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32  # which of the two is seen from the first bytes
_BARE_DEFLATE = -zlib.MAX_WBITS


class Inflate:
    """Decompresses one body. Its methods raise ConnectionBroken where the bytes are not what the header says."""

    __slots__ = ("_encoding", "_rest", "_zlib")

    def __init__(self, encoding: str) -> None:
        """`encoding` is the header's word, in lower case."""
        self._encoding = encoding
        self._zlib: zlib._Decompress | None = None
        self._rest = b""

    @property
    def whole(self) -> bool:
        """Whether the end of the compressed data was seen, or nothing came at all."""
        return self._zlib is None or self._zlib.eof

    @property
    def holds(self) -> bool:
        """Whether `more` is to be asked before anything else is fed."""
        return bool(self._rest)

    def feed(self, data: bytes) -> bytes:
        """The beginning of what these bytes stand for, if they are enough to tell any of it; the rest is to be had from `more`."""
        self._rest = data
        return self.more()

    def more(self) -> bytes:
        """More of what was fed."""
        if self._zlib is None or self._zlib.eof:  # a body may be several compressed ones in a row
            self._zlib = self._begun()
        try:
            data = self._zlib.decompress(self._rest, _AT_ONCE_BYTES)
        except zlib.error as error:
            raise ConnectionBroken(FailureKind.MALFORMED, "the body cannot be decompressed", str(error)) from None
        self._rest = self._zlib.unconsumed_tail or self._zlib.unused_data
        return data

    def _begun(self) -> zlib._Decompress:
        if self._encoding in ("gzip", "x-gzip"):
            return zlib.decompressobj(_GZIP_OR_ZLIB)
        if self._encoding == "deflate":  # which means zlib's format, but some send the data without its head
            with_head = self._rest[0] & 0xF == zlib.DEFLATED
            return zlib.decompressobj(_GZIP_OR_ZLIB if with_head else _BARE_DEFLATE)
        raise ConnectionBroken(FailureKind.MALFORMED, "the body cannot be decompressed", self._encoding)
