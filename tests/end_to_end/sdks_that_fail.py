"""One question by the official SDK of each dialect, and in few words what its user gets: an answer, or what the SDK raises."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anthropic
import openai
from google import genai
from google.genai import errors, types

from end_to_end.stage import ANSWER, QUESTION, asks
from lanewise.core.request import Dialect

CAP = 900


class Sdks:
    """The clients, unmodified but for their base URL; none asks again by itself."""

    def __init__(self, url: str) -> None:
        self._openai = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0)
        self._anthropic = anthropic.AsyncAnthropic(base_url=url, api_key="any", max_retries=0)
        self._google = genai.Client(api_key="any", http_options=types.HttpOptions(base_url=url)).aio
        self._ask: dict[Dialect, Callable[[str, bool, list[str]], Awaitable[None]]] = {
            Dialect.OPENAI_CHAT: self._chat,
            Dialect.OPENAI_RESPONSES: self._responses,
            Dialect.ANTHROPIC_MESSAGES: self._messages,
            Dialect.GEMINI: self._gemini,
        }

    async def close(self) -> None:
        await self._openai.close()
        await self._anthropic.close()
        await self._google.aclose()

    async def sees(self, caller: Dialect, model: str, *, stream: bool) -> str:
        """What a user of the caller's SDK gets."""
        words: list[str] = []
        try:
            await self._ask[caller](model, stream, words)
        except (openai.APIError, anthropic.APIError, errors.APIError) as error:
            return f"{'its first words, then ' if ''.join(words) else ''}{_raised(error)}"
        text = "".join(words)
        return "the answer" if ANSWER in text else f"words that are no answer: {text!r}"

    async def _chat(self, model: str, stream: bool, words: list[str]) -> None:
        create = self._openai.chat.completions.create
        asked: dict[str, Any] = {"model": model, "messages": asks(), "max_tokens": CAP}
        if not stream:
            words.append((await create(**asked)).choices[0].message.content or "")
            return
        async for chunk in await create(**asked, stream=True):
            words += [choice.delta.content or "" for choice in chunk.choices]

    async def _responses(self, model: str, stream: bool, words: list[str]) -> None:
        create = self._openai.responses.create
        asked: dict[str, Any] = {"model": model, "input": QUESTION, "max_output_tokens": CAP}
        if not stream:
            words.append((await create(**asked)).output_text)
            return
        async for event in await create(**asked, stream=True):
            if event.type == "response.output_text.delta":
                words.append(event.delta)
            elif event.type in {"error", "response.failed"}:  # this SDK hands it out and raises nothing
                raise _Told(event)

    async def _messages(self, model: str, stream: bool, words: list[str]) -> None:
        asked: dict[str, Any] = {"model": model, "messages": asks(), "max_tokens": CAP}
        if not stream:
            answer = await self._anthropic.messages.create(**asked)
            words += [block.text for block in answer.content if block.type == "text"]
            return
        async with self._anthropic.messages.stream(**asked) as events:
            async for text in events.text_stream:
                words.append(text)

    async def _gemini(self, model: str, stream: bool, words: list[str]) -> None:
        config = types.GenerateContentConfig(max_output_tokens=CAP)
        asked: dict[str, Any] = {"model": model, "contents": QUESTION, "config": config}
        if not stream:
            words.append((await self._google.models.generate_content(**asked)).text or "")
            return
        async for chunk in await self._google.models.generate_content_stream(**asked):
            words.append(chunk.text or "")  # noqa: PERF401 - what came before an error counts


class _Told(openai.APIError):
    """An event that says that there will be no answer."""

    def __init__(self, event: Any) -> None:
        self.event = event
        Exception.__init__(self, event.type)


def _raised(error: openai.APIError | anthropic.APIError | errors.APIError) -> str:
    name = type(error).__name__
    if isinstance(error, _Told):
        return f"an event `{error.event.type}`"
    if isinstance(error, errors.APIError):
        return f"`{name}` {error.code} `{error.status}`"
    if isinstance(error, openai.APIStatusError):
        return f"`{name}` {error.status_code} `{error.type}`"
    if isinstance(error, openai.APIError):
        return f"`{name}`"
    told = error.body if isinstance(error.body, dict) else {}
    status = f" {error.status_code}" if isinstance(error, anthropic.APIStatusError) else ""
    return f"`{name}`{status} `{told.get('error', {}).get('type')}`"
