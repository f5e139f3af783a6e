"""The caller's connection: it tells the requests it carries when it is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_KEY = "lanewise.connection"


class Connection(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which also calls back when the connection is lost.

    ASGI's own way is to wait for a message, which takes a task for every request: a sixteenth of what the gateway costs.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - handed on as they are
        super().__init__(*arguments, **named)
        self.when_lost: set[Callable[[], None]] = set()

    def on_message_begin(self) -> None:
        """A request begins: it can find its connection in its scope."""
        super().on_message_begin()
        self.scope[_KEY] = self  # type: ignore[literal-required]  # an extra key, as ASGI allows

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everyone who asked for it, pipelined requests included."""
        super().connection_lost(exc)
        for tell in tuple(self.when_lost):
            tell()


def connection_of(scope: Scope) -> Connection:
    """The connection that a request came by. Raises KeyError under another server than Lanewise's own."""
    connection: Connection = scope[_KEY]
    return connection
