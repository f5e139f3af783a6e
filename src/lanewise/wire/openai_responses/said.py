"""A conversation of any dialect as a Responses call."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec

from lanewise.core.conversation import (
    Conversation,
    Document,
    Image,
    Part,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
    Translated,
)
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.dialect import WireCall
from lanewise.core.protocols.provider import Call
from lanewise.core.request import Dialect
from lanewise.wire.limits import NOT_FORCED, output_cap, refuse_clip, refuse_what_is_essential
from lanewise.wire.openai_responses.call import PATH
from lanewise.wire.thinking import LOST_TO_TOOLS, level_for, tools_win, wish_of

Item = dict[str, Any]
_ENCRYPTED = "reasoning.encrypted_content"
_LOGPROBS = "message.output_text.logprobs"
_REFUSED = "the model does not take it"


def say_call(call: Call, translated: Translated) -> WireCall:
    """The call's bytes. Raises InvalidRequest where leaving a part of the request out would change the question."""
    refuse_what_is_essential(call)
    facts, conversation = call.deployment.facts, translated.conversation
    dropped = [*translated.dropped, *_unsaid(conversation)]
    if not facts.forced_tools and conversation.tools and conversation.tool_choice.mode in {"any", "tool"}:
        free = ToolChoice(parallel=conversation.tool_choice.parallel)
        conversation = dataclasses.replace(conversation, tool_choice=free)
        dropped.append(f"tool_choice: {NOT_FORCED}")
    # What a caller of another dialect says is not for the vendor to keep: there, nothing is kept unless asked for.
    body: dict[str, Any] = {"model": call.deployment.model, "max_output_tokens": output_cap(call), "store": False}
    if call.stream:
        body["stream"] = True
    if conversation.system:
        body["instructions"] = "\n\n".join(text.text for text in conversation.system)
    body["input"] = _Input(dropped).items(conversation)
    if not body["input"]:
        raise InvalidRequest("`messages`: all are empty; write something to answer", param="messages")
    body |= _tools(conversation) | _format(conversation, facts, dropped)
    body |= _thinking(call, dropped) | _sampling(conversation, facts, dropped)
    if "top_logprobs" in body:
        body["include"] = [*body.get("include", ()), _LOGPROBS]
    if conversation.user:
        body["user"] = conversation.user
    return WireCall(path=PATH, body=msgspec.json.encode(body), dropped=tuple(dict.fromkeys(dropped)))


def _unsaid(conversation: Conversation) -> list[str]:
    """What this dialect has no words for."""
    unsaid = []
    if conversation.stop:
        unsaid.append("stop: this vendor takes no stop sequences here")
    if conversation.seed is not None:
        unsaid.append("seed: this vendor takes no seed here")
    if conversation.top_k is not None:
        unsaid.append("top_k: this vendor does not take it")
    if conversation.presence_penalty:
        unsaid.append("presence_penalty: this vendor takes no penalties here")
    if conversation.frequency_penalty:
        unsaid.append("frequency_penalty: this vendor takes no penalties here")
    marked = [*conversation.system, *conversation.tools, *(part for turn in conversation.turns for part in turn.parts)]
    if any(each.cache_marker not in {None, b"null"} for each in marked):
        unsaid.append("cache_control: the model takes no cache markers")
    return unsaid


class _Input:
    """Writes turns as items, and keeps what is lost on the way."""

    def __init__(self, dropped: list[str]) -> None:
        self._dropped = dropped

    def items(self, conversation: Conversation) -> list[Item]:
        """Neighbouring words of one side are one message; calls, their outputs and thinking are items of their own."""
        items: list[Item] = []
        for turn in conversation.turns:
            message: list[Item] = []
            for part in turn.parts:
                item = self._item(part)
                if item is None:
                    message += self._content(part, turn.role)
                    continue
                if message:
                    items.append(_message(turn.role, message))
                    message = []
                items += item
            if message:
                items.append(_message(turn.role, message))
        return items

    def _item(self, part: Part) -> list[Item] | None:
        """A part that is an item of its own; none at all for thinking of somebody else, None for words."""
        if isinstance(part, ToolUse):
            return [
                {"type": "function_call", "call_id": part.id, "name": part.name, "arguments": part.arguments or "{}"}
            ]
        if isinstance(part, ToolResult):
            return [self._output(part)]
        if isinstance(part, Thinking):
            if part.origin is Dialect.OPENAI_RESPONSES and part.encrypted:
                return [{"type": "reasoning", "id": part.id, "summary": [], "encrypted_content": part.encrypted}]
            self._dropped.append("thinking: it is never sent to another vendor")
            return []
        return None

    def _output(self, result: ToolResult) -> Item:
        if result.failed:
            self._dropped.append("tool_result.is_error: this vendor is told failures in words only")
        parts = [each for part in result.parts for each in self._content(part, "user")]
        output: str | list[Item] = parts
        if all(part["type"] == "input_text" for part in parts):
            output = "\n".join(part["text"] for part in parts)
        return {"type": "function_call_output", "call_id": result.call_id, "output": output}

    def _content(self, part: Part, role: str) -> list[Item]:
        if isinstance(part, Text):
            if not part.text:
                return []
            if role == "assistant":
                return [{"type": "output_text", "text": part.text, "annotations": []}]
            return [{"type": "input_text", "text": part.text}]
        if isinstance(part, Image):
            if role == "assistant":
                raise InvalidRequest("A picture in an answer cannot be said to this vendor", param="messages")
            return [{"type": "input_image", "image_url": part.url or _data_url(part.media_type, part.data)}]
        if isinstance(part, Document):
            return [_document(part)]
        raise InvalidRequest(f"A {type(part).__name__.lower()} cannot stand here", param="messages")


def _message(role: str, content: list[Item]) -> Item:
    return {"type": "message", "role": role, "content": content}


def _document(document: Document) -> Item:
    refuse_clip(document)
    if document.text:
        return {"type": "input_text", "text": document.text}
    if document.url:
        return {"type": "input_file", "file_url": document.url}
    name = document.name or f"document.{document.media_type.rpartition('/')[2] or 'pdf'}"
    return {"type": "input_file", "filename": name, "file_data": _data_url(document.media_type, document.data)}


def _data_url(media_type: str, data: str) -> str:
    return f"data:{media_type or 'application/octet-stream'};base64,{data}"


def _tools(conversation: Conversation) -> dict[str, Any]:
    if not conversation.tools:
        return {}
    said: dict[str, Any] = {"tools": [_tool(tool) for tool in conversation.tools]}
    choice = conversation.tool_choice
    if choice.mode == "tool":
        said["tool_choice"] = {"type": "function", "name": choice.name}
    elif choice.allowed:
        said["tool_choice"] = {
            "type": "allowed_tools",
            "mode": "required" if choice.mode == "any" else "auto",
            "tools": [{"type": "function", "name": name} for name in choice.allowed],
        }
    elif choice.mode != "auto":
        said["tool_choice"] = {"any": "required", "none": "none"}[choice.mode]
    if not choice.parallel:
        said["parallel_tool_calls"] = False
    return said


def _tool(tool: Tool) -> dict[str, Any]:
    """Here a tool is strict unless it says otherwise; elsewhere it is not."""
    said: dict[str, Any] = {"type": "function", "name": tool.name, "parameters": msgspec.Raw(tool.schema)}
    if tool.description:
        said["description"] = tool.description
    return said | {"strict": bool(tool.strict)}


def _format(conversation: Conversation, facts: ModelFacts, dropped: list[str]) -> dict[str, Any]:
    if conversation.schema is None:
        return {"text": {"format": {"type": "json_object"}}} if conversation.json_mode else {}
    if not facts.json_schema:
        dropped.append("response_format: the model takes no JSON schema")
        return {}
    format_: dict[str, Any] = {
        "type": "json_schema",
        "name": conversation.schema_name or "answer",
        "schema": msgspec.Raw(conversation.schema),
    }
    if conversation.schema_strict is not None:
        format_["strict"] = conversation.schema_strict
    return {"text": {"format": format_}}


def _thinking(call: Call, dropped: list[str]) -> dict[str, Any]:
    facts, asked = call.deployment.facts, (call.effort or call.request.effort) not in {None, "none"}
    if facts.thinking == "none":
        if asked:
            dropped.append("reasoning_effort: the model has no thinking to steer")
        # One that always thinks gives its thinking back too, to be handed to it again with its tools' outputs.
        return {"include": [_ENCRYPTED]} if facts.thinking_always else {}
    level = level_for(facts.efforts, wish_of(call))
    if asked and tools_win(call):
        dropped.append(f"reasoning_effort: {LOST_TO_TOOLS}, so {level!r} was sent")
    if level is None:
        return {"include": [_ENCRYPTED]}
    # The vendor shows its thinking to nobody who does not ask for a summary of it.
    shown = {"summary": "auto"} if level != "none" and call.deployment.adaptation.summaries == "auto" else {}
    return {"reasoning": {"effort": level} | shown, "include": [_ENCRYPTED]}


def _sampling(conversation: Conversation, facts: ModelFacts, dropped: list[str]) -> dict[str, Any]:
    sampling: dict[str, Any] = {}
    for key, value in (("temperature", conversation.temperature), ("top_p", conversation.top_p)):
        if value is None:
            continue
        if facts.sampling and key not in facts.refused_parameters:
            sampling[key] = value
        elif value != 1:
            dropped.append(f"{key}: {_REFUSED if facts.sampling else 'the model takes no sampling parameters'}")
    if conversation.logprobs is not None:
        if facts.logprobs:
            sampling["top_logprobs"] = conversation.logprobs
        else:
            dropped.append("logprobs: the model gives no log-probabilities")
    return sampling
