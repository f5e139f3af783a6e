"""Responses that Lanewise keeps, so that a later request may only name what was said: who keeps them, and how they are read.

A vendor remembers its own answers, but the next one may come from another vendor, or from one that was never asked before.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from lanewise.core.request import Earlier, Request


class KeptResponse(msgspec.Struct, frozen=True, kw_only=True):
    """One response, with what it answers. Never visible to another tenant."""

    tenant: str
    response_id: str  # as its caller knows it
    user: str | None
    created_us: int  # since the Unix epoch
    expires_us: int
    account: str  # of the vendor that remembers it by this id; empty: none does
    previous_id: str | None  # the response that it goes on from
    body: bytes  # as it was answered
    asked: bytes  # JSON: the items of its own request
    item_ids: tuple[str, ...]  # of items that a later request may name

    @property
    def size_bytes(self) -> int:
        """What it takes to keep its words."""
        return len(self.body) + len(self.asked)


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says of responses beside its question."""

    previous_id: str | None = None
    item_ids: tuple[str, ...] = ()
    keep: bool = True  # its own response may be asked for later


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be kept of a response."""

    response_id: str
    body: bytes
    asked: bytes
    item_ids: tuple[str, ...]
    kept_by_vendor: bool  # its own vendor, where it is one of this dialect


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which of a response's input items are wanted."""

    limit: int = 20
    after: str | None = None
    newest_first: bool = True


class ResponseStore(Protocol):
    """Keeps responses for a while."""

    async def keep(self, response: KeptResponse) -> None:
        """Keep it, and those it goes on from, until it expires. It is durable when this returns. Raises StoreError."""

    async def line(self, tenant: str, response_id: str) -> tuple[KeptResponse, ...]:
        """A response and what it goes on from, as far as that is there, oldest first; none without itself. Raises StoreError."""

    async def holders(self, tenant: str, item_ids: tuple[str, ...]) -> tuple[KeptResponse, ...]:
        """The responses that these items belong to; fewer where some are not there. Raises StoreError."""

    async def forget(self, tenant: str, response_id: str) -> bool:
        """Delete a response; whether it was there. Raises StoreError."""


class ResponseWords(Protocol):
    """Reads a dialect that has responses to keep: pure functions between its bytes and what is kept."""

    def named(self, request: Request) -> Named:
        """What a request names. Raises InvalidRequest."""

    def earlier(self, named: Named, line: tuple[KeptResponse, ...], holders: tuple[KeptResponse, ...]) -> Earlier:
        """What was said before, of the responses found for what is named. Raises UnknownResponse where one is not among them."""

    def answered(self, request: Request, sent: bytes) -> Answered | None:
        """What to keep of what a caller was sent: a whole body, or the end of a stream. None where it holds no response."""

    def input_items(self, line: tuple[KeptResponse, ...], page: Page) -> bytes:
        """A page of all that the last of these responses was asked, as a JSON list object. Raises InvalidRequest."""
