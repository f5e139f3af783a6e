"""What went wrong with a connection, as a Failure: the client's exceptions end here."""

from __future__ import annotations

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError, TransferEncodingError

from lanewise.core.failure import Failure, FailureKind


class ConnectionBroken(Exception):
    """A connection of our own did not come about, or did not carry an answer to its end."""

    def __init__(self, kind: FailureKind, words: str, said: str = "") -> None:
        """`said` is what the system or the vendor says about it, where that is more."""
        super().__init__(f"{words} ({said})" if said else words)
        self.kind = kind


#: All that a call raises for reasons of network or vendor.
SOCKET_ERRORS = (ConnectionBroken, aiohttp.ClientError, OSError, TimeoutError)

# What aiohttp raises, which carries the calls through a proxy. The first class that fits decides, so a subclass stands before its parent.
_KINDS: tuple[tuple[type[BaseException], FailureKind, str], ...] = (
    (aiohttp.ConnectionTimeoutError, FailureKind.UNREACHABLE, "no connection in time"),
    (aiohttp.SocketTimeoutError, FailureKind.IDLE_TIMEOUT, "nothing came for the idle limit"),
    (aiohttp.ClientConnectorError, FailureKind.UNREACHABLE, "no connection"),
    (aiohttp.ServerFingerprintMismatch, FailureKind.UNREACHABLE, "no connection"),
    (aiohttp.InvalidURL, FailureKind.UNREACHABLE, "the base URL cannot be used"),
    (aiohttp.ClientHttpProxyError, FailureKind.UNREACHABLE, "the proxy refused"),
    (aiohttp.ClientResponseError, FailureKind.MALFORMED, "not an HTTP response"),
    (aiohttp.ServerDisconnectedError, FailureKind.CONNECTION_LOST, "closed before an answer"),
    (aiohttp.ClientPayloadError, FailureKind.CONNECTION_LOST, "the body ended early"),
    (TimeoutError, FailureKind.IDLE_TIMEOUT, "nothing came in time"),
)


def failure_of(error: BaseException) -> Failure:
    """The failure that one of SOCKET_ERRORS means. A connection that broke is the case nothing else explains."""
    if isinstance(error, ConnectionBroken):
        return Failure(kind=error.kind, message=str(error))
    kind, words = next(
        ((kind, words) for of, kind, words in _KINDS if isinstance(error, of)),
        (FailureKind.CONNECTION_LOST, "the connection broke"),
    )
    if isinstance(error.__cause__, ContentEncodingError):
        kind, words = FailureKind.MALFORMED, "the body cannot be decompressed"
    elif isinstance(error.__cause__, TransferEncodingError) and "not completed" not in str(error):
        kind, words = FailureKind.MALFORMED, "the body's chunks are malformed"
    return Failure(kind=kind, message=f"{words} ({_said(error)})")


def _said(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"{error.host}:{error.port}: {error.os_error.strerror or type(error.os_error).__name__}"
    if isinstance(error, aiohttp.ClientResponseError):
        return f"status {error.status}: {error.message}"  # not its own words, which name the URL: a proxy's holds its password
    return str(error) or type(error).__name__
