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
#: One white pixel.
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4//8/AwAI/AL+p5qgoAAAAABJRU5ErkJggg=="


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


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a conversation asks for beside its words."""

    thinks: bool = False
    tools: bool = False
    choice: str = "auto"  # or `forced`, `none`
    system: str = ""
    schema: dict[str, Any] | None = None
    cap: int = 8_192


class Speaker(ABC):
    """One conversation in one dialect."""

    dialect: Dialect

    def __init__(self, wish: Wish | None = None) -> None:
        self.said: list[Any] = []
        self.wish = wish or Wish(thinks=True, tools=True)

    @abstractmethod
    def path(self, model: str, *, stream: bool = False) -> str:
        """Where its SDK posts to."""

    @abstractmethod
    def body(self, model: str, *, stream: bool = False) -> dict[str, Any]:
        """The request, with all that was said."""

    @abstractmethod
    def show(self, text: str) -> None:
        """The user says something about a picture."""

    @abstractmethod
    def gathered(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        """The whole answer that a stream's events make."""

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

    def path(self, model: str, *, stream: bool = False) -> str:
        return "/v1/chat/completions"

    def body(self, model: str, *, stream: bool = False) -> dict[str, Any]:
        wish = self.wish
        system = [{"role": "system", "content": wish.system}] if wish.system else []
        body: dict[str, Any] = {"model": model, "messages": system + self.said, "max_tokens": wish.cap}
        if wish.tools:
            tool = {"type": "function", "function": {"name": NAME, "description": ABOUT, "parameters": WEATHER}}
            body |= {"tools": [tool], "tool_choice": {"forced": "required"}.get(wish.choice, wish.choice)}
        if wish.thinks:
            body["reasoning_effort"] = "high"
        if wish.schema:
            body["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": wish.schema}}
        return body | ({"stream": True, "stream_options": {"include_usage": True}} if stream else {})

    def show(self, text: str) -> None:
        image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}}
        self.said.append({"role": "user", "content": [{"type": "text", "text": text}, image]})

    def gathered(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": ""}
        whole: dict[str, Any] = {"message": message, "finish_reason": None}
        usage = None
        for event in events:
            usage = event.get("usage") or usage
            for choice in event["choices"]:
                whole["finish_reason"] = choice.get("finish_reason") or whole["finish_reason"]
                delta = choice["delta"]
                for key in ("content", "reasoning_content"):
                    message[key] = message.get(key, "") + (delta.get(key) or "")
                for piece in delta.get("tool_calls") or ():
                    calls = message.setdefault("tool_calls", [])
                    if piece["index"] == len(calls):
                        calls.append({"id": piece["id"], "type": "function", "function": {"name": "", "arguments": ""}})
                    for key, value in piece["function"].items():
                        calls[piece["index"]]["function"][key] += value or ""
        return {"choices": [whole], "usage": usage}

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

    def path(self, model: str, *, stream: bool = False) -> str:
        return "/v1/messages"

    def body(self, model: str, *, stream: bool = False) -> dict[str, Any]:
        wish = self.wish
        body: dict[str, Any] = {"model": model, "max_tokens": wish.cap, "messages": self.said}
        if wish.tools:
            tool = {"name": NAME, "description": ABOUT, "input_schema": WEATHER}
            body |= {"tools": [tool], "tool_choice": {"type": {"forced": "any"}.get(wish.choice, wish.choice)}}
        if wish.thinks:
            body["thinking"] = {"type": "enabled", "budget_tokens": 4096}
        if wish.system:
            body["system"] = wish.system
        if wish.schema:
            body["output_config"] = {"format": {"type": "json_schema", "schema": wish.schema}}
        return body | ({"stream": True} if stream else {})

    def show(self, text: str) -> None:
        image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PICTURE}}
        self.said.append({"role": "user", "content": [{"type": "text", "text": text}, image]})

    def gathered(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        written: dict[int, str] = {}
        for event in events:
            match event["type"]:
                case "message_start":
                    answer = event["message"]
                case "content_block_start":
                    answer["content"].append(event["content_block"])
                case "content_block_delta":
                    block, delta = answer["content"][event["index"]], dict(event["delta"])
                    del delta["type"]
                    written[event["index"]] = written.get(event["index"], "") + delta.pop("partial_json", "")
                    for key, value in delta.items():
                        block[key] = block.get(key, "") + value
                case "content_block_stop" if answer["content"][event["index"]]["type"] == "tool_use":
                    answer["content"][event["index"]]["input"] = json.loads(written.get(event["index"]) or "{}")
                case "message_delta":
                    answer |= event["delta"]
                    answer["usage"] |= {key: value for key, value in event["usage"].items() if value is not None}
        return answer

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

    def path(self, model: str, *, stream: bool = False) -> str:
        return "/v1/responses"

    def body(self, model: str, *, stream: bool = False) -> dict[str, Any]:
        wish = self.wish
        body: dict[str, Any] = {"model": model, "input": self.said, "store": False, "max_output_tokens": wish.cap}
        body["include"] = ["reasoning.encrypted_content"]  # what is not stored has to be brought back whole
        if wish.tools:
            tool = {"type": "function", "name": NAME, "description": ABOUT, "parameters": WEATHER, "strict": False}
            body |= {"tools": [tool], "tool_choice": {"forced": "required"}.get(wish.choice, wish.choice)}
        if wish.thinks:
            body["reasoning"] = {"effort": "high", "summary": "auto"}
        if wish.system:
            body["instructions"] = wish.system
        if wish.schema:
            body["text"] = {"format": {"type": "json_schema", "name": "answer", "schema": wish.schema}}
        return body | ({"stream": True} if stream else {})

    def show(self, text: str) -> None:
        image = {"type": "input_image", "image_url": f"data:image/png;base64,{PICTURE}"}
        self.said.append({"role": "user", "content": [{"type": "input_text", "text": text}, image]})

    def gathered(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        answer: dict[str, Any] = events[-1]["response"]
        return answer

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

    def path(self, model: str, *, stream: bool = False) -> str:
        return f"/v1beta/models/{model}:" + ("streamGenerateContent?alt=sse" if stream else "generateContent")

    def body(self, model: str, *, stream: bool = False) -> dict[str, Any]:
        wish = self.wish
        config: dict[str, Any] = {"maxOutputTokens": wish.cap}
        body: dict[str, Any] = {"contents": self.said, "generationConfig": config}
        if wish.tools:
            declared = {"name": NAME, "description": ABOUT, "parametersJsonSchema": WEATHER}
            mode = {"mode": {"forced": "ANY", "none": "NONE"}.get(wish.choice, "AUTO")}
            body |= {"tools": [{"functionDeclarations": [declared]}], "toolConfig": {"functionCallingConfig": mode}}
        if wish.thinks:
            config["thinkingConfig"] = {"includeThoughts": True, "thinkingBudget": 4096}
        if wish.system:
            body["systemInstruction"] = {"parts": [{"text": wish.system}]}
        if wish.schema:
            config |= {"responseMimeType": "application/json", "responseJsonSchema": wish.schema}
        return body

    def show(self, text: str) -> None:
        image = {"inlineData": {"mimeType": "image/png", "data": PICTURE}}
        self.said.append({"role": "user", "parts": [{"text": text}, image]})

    def gathered(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        parts = [part for event in events for part in event["candidates"][0].get("content", {}).get("parts", ())]
        whole: dict[str, Any] = {}
        for event in events:
            whole |= {key: value for key, value in event.items() if value}
        finish = events[-1]["candidates"][0].get("finishReason")
        return whole | {"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": finish}]}

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
