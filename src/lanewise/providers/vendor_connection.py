"""One HTTP/1.1 connection to a vendor: a request at a time, and whatever the vendor does with it.

A general client looks for redirects, cookies, credentials and timers on every request, which costs more than all of the walk. Nothing of
that is wanted here: a call is one POST of bytes that are ready, and one answer.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import cast

import httptools

from lanewise.core.failure import FailureKind
from lanewise.providers.exchange import Exchange
from lanewise.providers.socket_failures import ConnectionBroken

_PIECE_BYTES = 256 * 1024  # of a body that is written; the next follows when the vendor has taken most of it
_MAX_BETWEEN_BYTES = 256 * 1024  # of heads, trailers and what else comes without a byte of a body


class VendorConnection(asyncio.Protocol):
    """Carries one exchange after the other. Whatever breaks it is told to the exchange under way, and it is not used again."""

    def __init__(self, loop: asyncio.AbstractEventLoop, keep: Callable[[VendorConnection], None]) -> None:
        """`keep` is told when it can be used again."""
        self._loop = loop
        self._keep = keep
        self._exchange: Exchange | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport
        self._unsent = memoryview(b"")
        self._writing_paused = self._reading_paused = False
        self._reusable = False
        self._between_bytes = 0
        self._idle_limit_s: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._heard_s = 0.0
        self.kept_since_s = 0.0  # loop time, while it is not used

    def ask(self, head: bytes, body: bytes, idle_limit_s: float | None) -> Exchange:
        """Send a request, whose head ends with its blank line; `idle_limit_s` is the longest silence before its answer's end."""
        self._exchange = exchange = Exchange(self)
        self._reusable = False
        self._between_bytes = 0
        self._idle_limit_s = idle_limit_s
        if idle_limit_s is not None:
            self._heard_s = self._loop.time()
            self._timer = self._loop.call_later(idle_limit_s, self._look_for_silence)
        if len(body) <= _PIECE_BYTES:
            self._transport.writelines((head, body))
        else:  # in pieces: the vendor may answer, with a refusal for example, before it has read the body to its end
            self._transport.write(head)
            self._unsent = memoryview(body)
            self._write_on()
        return exchange

    @property
    def usable(self) -> bool:
        """Whether it still stands."""
        return not self._transport.is_closing()

    def close(self) -> None:
        """Close it at once, whatever it does."""
        self._transport.abort()

    # What an exchange asks for.

    def pause_reading(self) -> None:
        """Enough has come for now."""
        if not self._reading_paused and self.usable:
            self._reading_paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """There is room again."""
        if self._reading_paused and self.usable:
            self._reading_paused = False
            self._heard_s = self._loop.time()  # the silence was ours
            self._transport.resume_reading()

    def done(self, exchange: Exchange) -> None:
        """Keep the connection where the exchange came to its end on both sides, else let the vendor know at once."""
        self._exchange = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if exchange.complete and self._reusable and self.usable and not self._unwritten():
            self.resume_reading()
            self._keep(self)
        else:
            self.close()

    def _unwritten(self) -> bool:
        return bool(self._unsent) or self._transport.get_write_buffer_size() > 0

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands; a silent one is looked after by the system, for a model may think for an hour."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by class
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        exchange = self._exchange
        if exchange is None or exchange.complete:  # nobody has asked for this: what follows cannot be trusted
            self.close()
            return
        if self._idle_limit_s is not None:
            self._heard_s = self._loop.time()
        self._between_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not exchange.complete:
                words = "the body's chunks are malformed" if exchange.status else "not an HTTP response"
                self._break(ConnectionBroken(FailureKind.MALFORMED, words, _said(error)))
            self.close()
        else:
            if self._between_bytes > _MAX_BETWEEN_BYTES:
                self._break(ConnectionBroken(FailureKind.MALFORMED, "not an HTTP response", "its head does not end"))
                self.close()

    def pause_writing(self) -> None:
        """The vendor does not read as fast as it is written to."""
        self._writing_paused = True

    def resume_writing(self) -> None:
        """It has caught up."""
        self._writing_paused = False
        self._heard_s = self._loop.time()
        self._write_on()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell what that means for the exchange under way."""
        exchange, self._exchange = self._exchange, None
        del self._parser  # it knows of this connection, and the collector of cycles has better things to do
        if self._timer is not None:
            self._timer.cancel()
        if exchange is None or exchange.complete:
            return
        if exc is not None:
            exchange.break_off(ConnectionBroken(FailureKind.CONNECTION_LOST, "the connection broke", str(exc)))
        elif not exchange.status:
            exchange.break_off(ConnectionBroken(FailureKind.CONNECTION_LOST, "closed before an answer"))
        elif "content-length" in exchange.headers or "transfer-encoding" in exchange.headers:
            exchange.break_off(ConnectionBroken(FailureKind.CONNECTION_LOST, "the body ended early"))
        else:
            exchange.end()  # of a body without a length, this is the end

    def _write_on(self) -> None:
        while self._unsent and not self._writing_paused and self.usable:
            piece, self._unsent = self._unsent[:_PIECE_BYTES], self._unsent[_PIECE_BYTES:]
            self._transport.write(piece)

    def _break(self, why: ConnectionBroken) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.break_off(why)

    def _look_for_silence(self) -> None:
        """One timer for the whole exchange: each piece only notes when it came."""
        assert self._idle_limit_s is not None
        if self._reading_paused:
            self._heard_s = self._loop.time()
        left_s = self._heard_s + self._idle_limit_s - self._loop.time()
        if left_s > 0:
            self._timer = self._loop.call_later(left_s, self._look_for_silence)
        else:
            self._timer = None
            self._break(ConnectionBroken(FailureKind.IDLE_TIMEOUT, "nothing came for the idle limit"))
            self.close()

    # What the parser tells; the names are its own.

    def on_message_begin(self) -> None:
        """A response begins; a second one to the same request is not to be trusted."""
        if self._exchange is not None and self._exchange.complete:
            self._reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer, which is passed over."""
        exchange = self._exchange
        if exchange is not None and not exchange.status:
            exchange.headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))

    def on_headers_complete(self) -> None:
        """The head is whole; one that only says that the answer is to follow (1xx) is forgotten."""
        exchange = self._exchange
        if exchange is None or exchange.complete:
            return
        status = self._parser.get_status_code()
        if status < 200:
            exchange.headers.clear()
            return
        self._reusable = self._parser.should_keep_alive()
        exchange.begin(status)

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        self._between_bytes = 0
        exchange = self._exchange
        if exchange is not None and not exchange.complete:
            exchange.add(data)

    def on_message_complete(self) -> None:
        """The whole answer has come."""
        exchange = self._exchange
        if exchange is not None and exchange.status:
            exchange.end()


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
