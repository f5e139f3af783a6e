"""Each way a connection fails is a failure of the kind that decides what comes next, and says where it went wrong."""

from __future__ import annotations

import errno

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.http_exceptions import ContentEncodingError, TransferEncodingError
from yarl import URL

from lanewise.core.failure import FailureKind
from lanewise.providers.socket_failures import SOCKET_ERRORS, ConnectionBroken, failure_of

KEY = ConnectionKey("vendor.test", 443, is_ssl=True, ssl=True, proxy=None, proxy_auth=None, proxy_headers_hash=None)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (aiohttp.ConnectionTimeoutError("slow"), FailureKind.UNREACHABLE, "no connection in time (slow)"),
        (
            aiohttp.SocketTimeoutError(),
            FailureKind.IDLE_TIMEOUT,
            "nothing came for the idle limit (SocketTimeoutError)",
        ),
        (
            aiohttp.ClientConnectorError(KEY, OSError(errno.ECONNREFUSED, "refused")),
            FailureKind.UNREACHABLE,
            "no connection (vendor.test:443: refused)",
        ),
        (aiohttp.InvalidURL(URL("nowhere")), FailureKind.UNREACHABLE, "the base URL cannot be used"),
        (aiohttp.ServerDisconnectedError(), FailureKind.CONNECTION_LOST, "closed before an answer"),
        (aiohttp.ClientPayloadError("short"), FailureKind.CONNECTION_LOST, "the body ended early (short)"),
        (TimeoutError(), FailureKind.IDLE_TIMEOUT, "nothing came in time"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), FailureKind.CONNECTION_LOST, "the connection broke"),
    ],
)
def test_what_the_client_raises_says_what_went_wrong(error: Exception, kind: FailureKind, words: str) -> None:
    assert isinstance(error, SOCKET_ERRORS)
    failure = failure_of(error)
    assert failure.kind is kind
    assert failure.message.startswith(words)


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (ContentEncodingError("gzip"), FailureKind.MALFORMED),
        (TransferEncodingError("bad chunk size"), FailureKind.MALFORMED),
        (None, FailureKind.CONNECTION_LOST),
    ],
)
def test_a_body_that_ends_early_is_told_from_one_that_cannot_be_read(
    cause: Exception | None, kind: FailureKind
) -> None:
    error = aiohttp.ClientPayloadError("Response payload: bad data")
    error.__cause__ = cause
    assert failure_of(error).kind is kind


def test_our_own_client_says_it_itself() -> None:
    failure = failure_of(ConnectionBroken(FailureKind.UNREACHABLE, "no connection", "vendor.test:443: refused"))
    assert (failure.kind, failure.message) == (FailureKind.UNREACHABLE, "no connection (vendor.test:443: refused)")
    assert failure_of(ConnectionBroken(FailureKind.CONNECTION_LOST, "lost")).message == "lost"


def test_chunks_that_stop_are_a_lost_connection_not_a_malformed_one() -> None:
    error = aiohttp.ClientPayloadError("Response payload is not completed")
    error.__cause__ = TransferEncodingError("not enough data")
    assert failure_of(error).kind is FailureKind.CONNECTION_LOST
