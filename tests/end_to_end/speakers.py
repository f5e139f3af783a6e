"""A client of each dialect, as far as a conversation goes: it says what it was told, byte for byte, and adds to it. Raw JSON, no SDK."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

from lanewise.core.request import Dialect

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}},
    "required": ["city", "unit"],
    "additionalProperties": False,
}
NAME, ABOUT = "get_weather", "The weather in a city"


@dataclass(frozen=True, kw_only=True)
class Called:
    """A tool call as the client sees it."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What an answer says to its client."""

    text: str
    calls: tuple[Called, ...]
    thinking: str
    finish: str
    usage: dict[str, Any]
    raw: dict[str, Any] = field(repr=False, default_factory=dict)


class Speaker(ABC):
    """One conversation in one dialect."""

    dialect: Dialect

    def __init__(self, *, thinks: bool = True, tools: bool = True) -> None:
        self.said: list[Any] = []
        self.thinks = thinks
        self.tools = tools

    @abstractmethod
    def path(self, model: str) -> str:
        """Where its SDK posts to."""

    @abstractmethod
    def body(self, model: str) -> dict[str, Any]:
        """The request, with all that was said."""

    @abstractmethod
    def ask(self, text: str) -> None:
        """The user says something."""

    @abstractmethod
    def hear(self, answer: dict[str, Any]) -> Told:
        """Take an answer into the conversation, as it came."""

    @abstractmethod
    def give(self, results: list[tuple[Called, str]]) -> None:
        """What the tools gave."""


class ChatSpeaker(Speaker):
    dialect = Dialect.OPENAI_CHAT

    def path(self, model: str) -> str:
        return "/v1/chat/completions"

    def body(self, model: str) -> dict[str, Any]:
        tool = {"type": "function", "function": {"name": NAME, "description": ABOUT, "parameters": WEATHER}}
        body: dict[str, Any] = {"model": model, "messages": self.said}
        return body | ({"tools": [tool]} if self.tools else {}) | ({"reasoning_effort": "high"} if self.thinks else {})

    def ask(self, text: str) -> None:
        self.said.append({"role": "user", "content": text})

    def hear(self, answer: dict[str, Any]) -> Told:
        choice = answer["choices"][0]
        message = choice["message"]
        # What the SDK's model has a field for and a client sends back: its thinking is not among that.
        self.said.append(
            {key: message[key] for key in ("role", "content", "tool_calls") if message.get(key) is not None}
        )
        calls = [
            Called(id=each["id"], name=each["function"]["name"], arguments=json.loads(each["function"]["arguments"]))
            for each in message.get("tool_calls") or ()
        ]
        return Told(
            text=message.get("content") or "",
            calls=tuple(calls),
            thinking=message.get("reasoning_content") or "",
            finish=choice["finish_reason"],
            usage=answer["usage"],
            raw=answer,
        )

    def give(self, results: list[tuple[Called, str]]) -> None:
        self.said += [{"role": "tool", "tool_call_id": call.id, "content": text} for call, text in results]


class MessagesSpeaker(Speaker):
    dialect = Dialect.ANTHROPIC_MESSAGES

    def path(self, model: str) -> str:
        return "/v1/messages"

    def body(self, model: str) -> dict[str, Any]:
        tool = {"name": NAME, "description": ABOUT, "input_schema": WEATHER}
        thinking = {"thinking": {"type": "enabled", "budget_tokens": 4096}} if self.thinks else {}
        body: dict[str, Any] = {"model": model, "max_tokens": 8192, "messages": self.said}
        return body | ({"tools": [tool]} if self.tools else {}) | thinking

    def ask(self, text: str) -> None:
        self.said.append({"role": "user", "content": text})

    def hear(self, answer: dict[str, Any]) -> Told:
        content = answer["content"]
        self.said.append({"role": "assistant", "content": content})
        calls = [
            Called(id=each["id"], name=each["name"], arguments=each["input"])
            for each in content
            if each["type"] == "tool_use"
        ]
        return Told(
            text="".join(each["text"] for each in content if each["type"] == "text"),
            calls=tuple(calls),
            thinking="".join(each["thinking"] for each in content if each["type"] == "thinking"),
            finish=answer["stop_reason"],
            usage=answer["usage"],
            raw=answer,
        )

    def give(self, results: list[tuple[Called, str]]) -> None:
        content = [{"type": "tool_result", "tool_use_id": call.id, "content": text} for call, text in results]
        self.said.append({"role": "user", "content": content})


class ResponsesSpeaker(Speaker):
    dialect = Dialect.OPENAI_RESPONSES

    def path(self, model: str) -> str:
        return "/v1/responses"

    def body(self, model: str) -> dict[str, Any]:
        tool = {"type": "function", "name": NAME, "description": ABOUT, "parameters": WEATHER, "strict": False}
        thinking = {"reasoning": {"effort": "high"}, "include": ["reasoning.encrypted_content"]} if self.thinks else {}
        return (
            {"model": model, "input": self.said, "store": False} | ({"tools": [tool]} if self.tools else {}) | thinking
        )

    def ask(self, text: str) -> None:
        self.said.append({"role": "user", "content": text})

    def hear(self, answer: dict[str, Any]) -> Told:
        output = answer["output"]
        self.said += output
        calls = [
            Called(id=each["call_id"], name=each["name"], arguments=json.loads(each["arguments"]))
            for each in output
            if each["type"] == "function_call"
        ]
        parts = [part for each in output if each["type"] == "message" for part in each["content"]]
        summaries = [part for each in output if each["type"] == "reasoning" for part in each.get("summary") or ()]
        incomplete = (answer.get("incomplete_details") or {}).get("reason")
        return Told(
            text="".join(part.get("text", "") for part in parts),
            calls=tuple(calls),
            thinking="".join(part["text"] for part in summaries),
            finish=incomplete or answer["status"],
            usage=answer["usage"],
            raw=answer,
        )

    def give(self, results: list[tuple[Called, str]]) -> None:
        self.said += [{"type": "function_call_output", "call_id": call.id, "output": text} for call, text in results]


class GeminiSpeaker(Speaker):
    dialect = Dialect.GEMINI

    def path(self, model: str) -> str:
        return f"/v1beta/models/{model}:generateContent"

    def body(self, model: str) -> dict[str, Any]:
        declared = {"name": NAME, "description": ABOUT, "parametersJsonSchema": WEATHER}
        config = {"thinkingConfig": {"includeThoughts": True, "thinkingBudget": 4096}} if self.thinks else {}
        body: dict[str, Any] = {"contents": self.said, "generationConfig": {"maxOutputTokens": 8192} | config}
        return body | ({"tools": [{"functionDeclarations": [declared]}]} if self.tools else {})

    def ask(self, text: str) -> None:
        self.said.append({"role": "user", "parts": [{"text": text}]})

    def hear(self, answer: dict[str, Any]) -> Told:
        candidate = answer["candidates"][0]
        parts = candidate["content"]["parts"]
        self.said.append(candidate["content"])
        calls = [
            Called(id=call.get("id", ""), name=call["name"], arguments=call.get("args", {}))
            for part in parts
            if (call := part.get("functionCall"))
        ]
        return Told(
            text="".join(part.get("text", "") for part in parts if not part.get("thought")),
            calls=tuple(calls),
            thinking="".join(part.get("text", "") for part in parts if part.get("thought")),
            finish=candidate["finishReason"],
            usage=answer["usageMetadata"],
            raw=answer,
        )

    def give(self, results: list[tuple[Called, str]]) -> None:
        parts = [
            {"functionResponse": {"id": call.id, "name": call.name, "response": {"output": text}}}
            for call, text in results
        ]
        self.said.append({"role": "user", "parts": parts})


SPEAKERS: dict[Dialect, type[Speaker]] = {
    each.dialect: each for each in (ChatSpeaker, MessagesSpeaker, ResponsesSpeaker, GeminiSpeaker)
}
