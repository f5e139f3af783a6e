"""Real damage on the real socket: what ASGI cannot express (a reset, an end in the middle of a chunk)."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_EXTENSION = "simulator.transport"


class DamageableProtocol(HttpToolsProtocol):
    """uvicorn's protocol that hands each request the transport it came on."""

    def on_message_begin(self) -> None:
        """Start a request's scope with its transport in it."""
        super().on_message_begin()
        self.scope["extensions"] = {_EXTENSION: {"transport": self.transport}}


class Line:
    """The connection beneath one request."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        found = (scope.get("extensions") or {}).get(_EXTENSION, {}).get("transport")
        self._transport: asyncio.Transport | None = found

    def reset(self) -> None:
        """Send RST: what was written is gone or was read already."""
        transport = self._required()
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()

    def break_off(self, chunk: bytes, *, chunked: bool) -> None:
        """Write half of a chunk that promised the whole, then close."""
        transport = self._required()
        promised = f"{len(chunk):x}\r\n".encode() if chunked else b""
        transport.write(promised + chunk[: max(1, len(chunk) // 2)])
        transport.close()

    def _required(self) -> asyncio.Transport:
        if self._transport is None:
            raise RuntimeError(
                "Faults on the socket need the simulator's own server: run it with lanewise.simulator.server"
            )
        return self._transport
