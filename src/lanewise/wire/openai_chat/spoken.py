"""A request of any dialect as a chat completion call: its conversation said anew, then made ready as if a caller had written it so."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from lanewise.core.conversation import Conversation, Tool, Translated
from lanewise.core.protocols.dialect import WireCall
from lanewise.core.protocols.provider import Call
from lanewise.wire.limits import allowed_tools, refuse_what_is_essential
from lanewise.wire.openai_chat.call import fitted
from lanewise.wire.openai_chat.turns import Messages
from lanewise.wire.splice import members

_MOST_STOPS = 4
_MOST_USER_CHARS = 64
_NO_NAME_CHARS = re.compile(r"[^a-zA-Z0-9_-]")
_CHOICES = {"auto": "auto", "none": "none", "any": "required"}


def write_spoken(call: Call, translated: Translated) -> WireCall:
    """The call's bytes. Raises InvalidRequest where leaving a part of the request out would change the question."""
    refuse_what_is_essential(call)
    conversation = translated.conversation
    messages = Messages(call.deployment.facts)
    dropped = list(translated.dropped)
    body: dict[str, Any] = {"model": call.deployment.model, "messages": messages.of(conversation)}
    if call.stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    if call.request.effort is not None:
        body["reasoning_effort"] = call.request.effort
    body |= _tools(conversation, messages, dropped)
    body |= _format(conversation)
    body |= _sampling(conversation, dropped)
    text = msgspec.json.encode(body)
    lost = tuple(dict.fromkeys([*dropped, *messages.dropped]))
    return fitted(call, text, members(text), lost=lost)


def _tools(conversation: Conversation, messages: Messages, dropped: list[str]) -> dict[str, Any]:
    tools = allowed_tools(conversation.tools, conversation.tool_choice, dropped)
    if not tools:
        return {}
    said: dict[str, Any] = {"tools": [messages.marked(_tool(tool), tool.cache_marker) for tool in tools]}
    choice = conversation.tool_choice
    if choice.mode == "tool":
        said["tool_choice"] = {"type": "function", "function": {"name": choice.name}}
    elif choice.mode != "auto":
        said["tool_choice"] = _CHOICES[choice.mode]
    if not choice.parallel:
        said["parallel_tool_calls"] = False
    return said


def _tool(tool: Tool) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    function["parameters"] = msgspec.Raw(tool.schema)
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


def _format(conversation: Conversation) -> dict[str, Any]:
    if conversation.schema is not None:
        name = _NO_NAME_CHARS.sub("_", conversation.schema_name)[:64] or "answer"
        schema: dict[str, Any] = {"name": name, "schema": msgspec.Raw(conversation.schema)}
        if conversation.schema_strict is not None:
            schema["strict"] = conversation.schema_strict
        return {"response_format": {"type": "json_schema", "json_schema": schema}}
    return {"response_format": {"type": "json_object"}} if conversation.json_mode else {}


def _sampling(conversation: Conversation, dropped: list[str]) -> dict[str, Any]:
    wishes = {
        "temperature": conversation.temperature,
        "top_p": conversation.top_p,
        "presence_penalty": conversation.presence_penalty,
        "frequency_penalty": conversation.frequency_penalty,
        "seed": conversation.seed,
    }
    said: dict[str, Any] = {key: value for key, value in wishes.items() if value is not None}
    if conversation.top_k is not None:
        dropped.append("top_k: chat completions have no such parameter")
    if conversation.logprobs is not None:
        said["logprobs"] = True
        if conversation.logprobs:
            said["top_logprobs"] = conversation.logprobs
    if conversation.stop:
        said["stop"] = list(conversation.stop[:_MOST_STOPS])
        if len(conversation.stop) > _MOST_STOPS:
            dropped.append(f"stop: chat completions take {_MOST_STOPS} stop sequences, so the others were left out")
    if conversation.user:
        if len(conversation.user) > _MOST_USER_CHARS:
            dropped.append(f"user: chat completions take at most {_MOST_USER_CHARS} characters")
        else:
            said["user"] = conversation.user
    return said
