"""A caller of the official SDK, and every byte that reached it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import openai

from end_to_end.failure_rows import QUESTION
from end_to_end.stage import asks
from patience import PATIENCE_S


@dataclasses.dataclass(kw_only=True)
class Heard:
    """What a caller of the SDK got."""

    text: str = ""
    reasoning: str = ""
    finish: str | None = None
    headers: Any = None
    error: openai.APIError | None = None
    wire: bytearray = dataclasses.field(default_factory=bytearray)  # the bodies' bytes

    @property
    def heartbeats(self) -> int:
        """Comments that say that somebody is at work."""
        return len(re.findall(rb"^: (?:thinking|queued|waiting)\b", bytes(self.wire), flags=re.MULTILINE))


class _Tee(httpx2.AsyncBaseTransport):
    """Passes everything on, and keeps the bodies: comments of a stream are seen by no user of the SDK."""

    def __init__(self, below: httpx2.AsyncBaseTransport, heard: Heard) -> None:
        self._below = below
        self._heard = heard

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._below.handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Kept(response.stream, self._heard)
        return response


class _Kept(httpx2.AsyncByteStream):
    def __init__(self, below: httpx2.AsyncByteStream, heard: Heard) -> None:
        self._below = below
        self._heard = heard

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for data in self._below:
            self._heard.wire += data
            yield data

    async def aclose(self) -> None:
        await self._below.aclose()


class Callers:
    """Makes a client for each request; they share their connections."""

    def __init__(self, url: str, below: httpx2.AsyncBaseTransport, keys: dict[str, str]) -> None:
        self.url = f"{url}/v1"
        self._below = below
        self._keys = keys  # by tenant

    async def ask(self, heard: Heard, *, model: str, stream: bool, tenant: str = "", **asked: Any) -> Heard:
        """Ask one question; `heard` fills while it is answered."""
        http = httpx2.AsyncClient(transport=_Tee(self._below, heard), timeout=PATIENCE_S)
        client = openai.AsyncOpenAI(
            base_url=self.url, api_key=self._keys.get(tenant, "any"), max_retries=0, http_client=http
        )
        try:
            create = client.chat.completions.with_raw_response.create
            raw = await create(model=model, messages=asks(QUESTION), stream=stream, **asked)
            heard.headers = raw.headers
            await (_read_stream if stream else _read_whole)(raw.parse(), heard)
        except openai.APIError as error:
            heard.error = error
            if isinstance(error, openai.APIStatusError):
                heard.headers = error.response.headers
        return heard


async def _read_whole(answer: Any, heard: Heard) -> None:
    choice = answer.choices[0]
    heard.text, heard.finish = choice.message.content or "", choice.finish_reason


async def _read_stream(chunks: Any, heard: Heard) -> None:
    async for chunk in chunks:
        for choice in chunk.choices:
            heard.text += choice.delta.content or ""
            heard.reasoning += (choice.delta.model_extra or {}).get("reasoning_content") or ""
            heard.finish = choice.finish_reason or heard.finish


@asynccontextmanager
async def callers_of(url: str, keys: dict[str, str]) -> AsyncIterator[Callers]:
    async with httpx2.AsyncHTTPTransport(limits=httpx2.Limits(max_connections=None)) as below:
        yield Callers(url, below, keys)
