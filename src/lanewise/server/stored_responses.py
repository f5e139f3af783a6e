"""Responses that are kept: found for a request that names them, read, listed and deleted by their own tenant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

import msgspec
import structlog
from starlette.routing import Route
from starlette.types import Scope

from lanewise.core.clock import Clock
from lanewise.core.errors import BodyTooLarge, InvalidRequest, StoreError, Unavailable, UnknownResponse
from lanewise.core.protocols.kept import KeptResponse, Page, ResponseStore, ResponseWords
from lanewise.core.request import Caller, Dialect, Request
from lanewise.pipeline.gateway import Answer, Gateway
from lanewise.server.auth import DEV_CALLER, Door
from lanewise.server.dialects import Dialects
from lanewise.server.reads import Read, ReadEndpoint

PATH = "/v1/responses/{response_id}"
MOST_NAMED = 1_000  # items that one request may name by their ids
_MOST_OF_A_PAGE = 100

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class StoredResponses:
    """What a dialect's later requests may name. Another tenant's are as unknown as none."""

    store: ResponseStore
    words: ResponseWords
    gateway: Gateway
    clock: Clock

    async def remind(self, request: Request, caller: Caller) -> Request:
        """The request with what was said before, where it names it. Raises UnknownResponse, BodyTooLarge, Unavailable."""
        named = self.words.named(request)
        if named.previous_id is None and not named.item_ids:
            return request
        if len(named.item_ids) > MOST_NAMED:
            raise InvalidRequest(f"`input`: more than {MOST_NAMED} items are named; send the items", param="input")
        try:
            line = await self.store.line(caller.tenant, named.previous_id) if named.previous_id is not None else ()
            holders = await self.store.holders(caller.tenant, named.item_ids) if named.item_ids else ()
            line, holders = _line_of(line, caller), tuple(each for each in holders if _sees(caller, each))
        except StoreError as error:
            raise Unavailable("What was said before cannot be read now") from error
        try:
            earlier = self.words.earlier(named, line, holders)
        except UnknownResponse:
            if not self._may_send_on(caller):
                raise
            # How much stands behind the name, only its vendor knows: as of a file, all that the model can read is reserved for.
            return msgspec.structs.replace(request, has_files=True)
        most_bytes = self.gateway.policy.server.max_body_bytes
        if earlier.size_bytes + len(request.body) > most_bytes:
            raise BodyTooLarge(
                f"What was said before is larger than {most_bytes:,} bytes with this request (server.max_body); begin a new conversation"
            )
        return msgspec.structs.replace(request, earlier=earlier)

    def _may_send_on(self, caller: Caller) -> bool:
        """Whether this is the policy's one tenant: keys can be made for any, and a vendor does not know tenants apart."""
        policy = self.gateway.policy
        return policy.responses.unknown == "send_on" and caller.tenant in (policy.tenants or {DEV_CALLER.tenant})

    async def keep(self, request: Request, caller: Caller, answer: Answer, sent: bytes) -> None:
        """Keep what the caller is about to be sent the end of. Where the store does not take it, the answer goes out all the same."""
        policy = self.gateway.policy
        named = self.words.named(request)
        if not (policy.responses.keep and named.keep):
            return
        answered = self.words.answered(request, sent)
        if answered is None:
            return
        now_s = self.clock.now_s()
        response = KeptResponse(
            tenant=caller.tenant,
            response_id=answered.response_id,
            user=request.hints.user,
            created_us=int(now_s * 1e6),
            expires_us=int((now_s + policy.responses.keep_for_s) * 1e6),
            # A vendor that was hung up on has kept nothing.
            account=self._account(answer) if answered.kept_by_vendor and not answer.generation.ended_early else "",
            previous_id=named.previous_id,
            body=answered.body,
            asked=answered.asked,
            item_ids=answered.item_ids,
        )
        try:
            await self.store.keep(response)
        except StoreError as error:
            _log.warning("a response is not kept", response=answered.response_id, cause=str(error))

    def routes(self, door: Door, dialects: Dialects) -> list[Route]:
        """The routes of one response."""
        endpoints: list[tuple[str, str, Callable[[Caller, str, Scope], Awaitable[bytes]]]] = [
            ("GET", PATH, self._read),
            ("DELETE", PATH, self._delete),
            ("POST", f"{PATH}/cancel", self._cancel),
            ("GET", f"{PATH}/input_items", self._input_items),
        ]
        return [
            Route(path, ReadEndpoint(_for_caller(door, act), dialects), methods=[method])
            for method, path, act in endpoints
        ]

    def _account(self, answer: Answer) -> str:
        """The vendor's account that remembers an answer, where it knows it by the id that the caller does."""
        if answer.generation.dialect is not Dialect.OPENAI_RESPONSES:
            return ""
        deployment = self.gateway.policy.deployments.get(answer.record.deployment)
        return "" if deployment is None else deployment.provider.account

    async def _read(self, caller: Caller, response_id: str, scope: Scope) -> bytes:
        if _query(scope).get("stream") == "true":
            raise InvalidRequest("`stream`: a kept response is given whole; leave it out", param="stream")
        return (await self._line(caller, response_id))[-1].body

    async def _delete(self, caller: Caller, response_id: str, _: Scope) -> bytes:
        await self._line(caller, response_id)
        try:
            there = await self.store.forget(caller.tenant, response_id)
        except StoreError as error:
            raise Unavailable("Responses cannot be deleted now") from error
        if not there:
            raise _unknown(response_id)
        return msgspec.json.encode({"id": response_id, "object": "response", "deleted": True})

    async def _cancel(self, caller: Caller, response_id: str, _: Scope) -> bytes:
        await self._line(caller, response_id)
        raise InvalidRequest(
            "Cannot cancel a synchronous response; close the connection of its request while it is being answered",
            param="response_id",
        )

    async def _input_items(self, caller: Caller, response_id: str, scope: Scope) -> bytes:
        line = await self._line(caller, response_id)
        return self.words.input_items(line, _page(_query(scope)))

    async def _line(self, caller: Caller, response_id: str) -> tuple[KeptResponse, ...]:
        try:
            line = _line_of(await self.store.line(caller.tenant, response_id), caller)
        except StoreError as error:
            raise Unavailable("Responses cannot be read now") from error
        if not line:
            raise _unknown(response_id)
        return line


def _line_of(line: tuple[KeptResponse, ...], caller: Caller) -> tuple[KeptResponse, ...]:
    """A line whole, or nothing of it where another user than the key's had a part in it."""
    return line if all(_sees(caller, each) for each in line) else ()


def _sees(caller: Caller, kept: KeptResponse) -> bool:
    return caller.user is None or kept.user == caller.user


def _for_caller(door: Door, act: Callable[[Caller, str, Scope], Awaitable[bytes]]) -> Read:
    async def read(scope: Scope) -> tuple[int, bytes]:
        return 200, await act(door.caller(scope), scope["path_params"]["response_id"], scope)

    return read


def _unknown(response_id: str) -> UnknownResponse:
    return UnknownResponse(
        f"Response with id {response_id!r} not found: it is not kept here, or not any more", param="response_id"
    )


def _query(scope: Scope) -> dict[str, str]:
    return dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))


def _page(query: dict[str, str]) -> Page:
    limit, order = query.get("limit", "20"), query.get("order", "desc")
    if not limit.isdecimal() or not 1 <= int(limit) <= _MOST_OF_A_PAGE:
        raise InvalidRequest(f"`limit`: write 1 to {_MOST_OF_A_PAGE}", param="limit")
    if order not in {"asc", "desc"}:
        raise InvalidRequest("`order`: write asc or desc", param="order")
    return Page(limit=int(limit), after=query.get("after"), newest_first=order == "desc")
