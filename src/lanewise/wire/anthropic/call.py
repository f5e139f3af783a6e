"""A request in any dialect as an Anthropic Messages call."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec

from lanewise.core.conversation import Conversation, ToolChoice, Translated
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.dialect import WireCall
from lanewise.core.protocols.provider import Call
from lanewise.wire.anthropic.answer_tool import with_answer_tool
from lanewise.wire.anthropic.blocks import Blocks, tool_choice
from lanewise.wire.anthropic.spliced import PATH, VERSION
from lanewise.wire.anthropic.thinking import Thinking, circumstances_of, thinking_for
from lanewise.wire.limits import NOT_FORCED, allowed_tools, output_cap, refuse_what_is_essential

_REFUSED = "the model does not take it"
_LEAST_THINKING_TOP_P = 0.95  # with thinking on the vendor takes 0.95 to 1


def write_call(call: Call, translated: Translated) -> WireCall:
    """The call's bytes. Raises InvalidRequest where leaving a part of the request out would change the question."""
    refuse_what_is_essential(call)
    facts = call.deployment.facts
    conversation = translated.conversation
    dropped = [*translated.dropped, *_unsaid(conversation)]
    cap = output_cap(call)
    conversation = _with_tools_as_they_can_be(conversation, call, cap, dropped)
    blocks = Blocks(facts)
    thinking = thinking_for(call, circumstances_of(conversation), cap)
    body: dict[str, Any] = {"model": call.deployment.model, "max_tokens": cap}
    if call.stream:
        body["stream"] = True
    body |= _said(conversation, blocks)
    body |= _output(conversation, thinking)
    body |= _sampling(conversation, facts, thinking, dropped)
    if conversation.user:
        body["metadata"] = {"user_id": conversation.user}
    told = dict.fromkeys([*dropped, *thinking.dropped, *blocks.dropped])
    return WireCall(path=PATH, body=msgspec.json.encode(body), headers=(VERSION,), dropped=tuple(told))


def _with_tools_as_they_can_be(
    conversation: Conversation, call: Call, cap_tokens: int, dropped: list[str]
) -> Conversation:
    """Only the tools that may be called, no force where the model refuses it, and a tool for an answer's form where it has no other way."""
    facts, choice = call.deployment.facts, conversation.tool_choice
    tools = allowed_tools(conversation.tools, choice, dropped)
    if not facts.forced_tools and tools and choice.mode in {"any", "tool"}:
        choice = ToolChoice(parallel=choice.parallel)
        dropped.append(f"tool_choice: {NOT_FORCED}")
    conversation = dataclasses.replace(conversation, tools=tools, tool_choice=choice)
    if not conversation.json_mode and (conversation.schema is None or facts.json_schema):
        return conversation
    if not (facts.tools and facts.forced_tools):
        dropped.append("response_format: the model has no way to be bound to a form")
        return dataclasses.replace(conversation, schema=None, json_mode=False)
    thinks = thinking_for(call, circumstances_of(conversation), cap_tokens).on
    return with_answer_tool(conversation, dropped, thinks=thinks)


def _unsaid(conversation: Conversation) -> list[str]:
    """What this vendor has no words for."""
    unsaid = []
    if conversation.logprobs is not None:
        unsaid.append("logprobs: this vendor gives no log-probabilities")
    if conversation.presence_penalty:
        unsaid.append("presence_penalty: this vendor takes no penalties")
    if conversation.frequency_penalty:
        unsaid.append("frequency_penalty: this vendor takes no penalties")
    if conversation.seed is not None:
        unsaid.append("seed: this vendor takes no seed")
    return unsaid


def _said(conversation: Conversation, blocks: Blocks) -> dict[str, Any]:
    said: dict[str, Any] = {}
    messages = blocks.messages(conversation.turns)
    system = blocks.system(conversation.system)
    if not messages and system:  # the vendor wants somebody to answer to; a lone system prompt is the question
        messages, system = [{"role": "user", "content": system}], ""
        blocks.dropped.append("messages: a system message alone was sent as the user's")
    if not messages:
        raise InvalidRequest("`messages`: all are empty; write something to answer", param="messages")
    if system:
        said["system"] = system
    said["messages"] = messages
    if conversation.tools:
        said["tools"] = blocks.tools(conversation.tools)
        choice = tool_choice(conversation.tool_choice)
        if choice is not None:
            said["tool_choice"] = choice
    return said


def _output(conversation: Conversation, thinking: Thinking) -> dict[str, dict[str, Any]]:
    output: dict[str, dict[str, Any]] = {}
    if thinking.thinking is not None:
        output["thinking"] = thinking.thinking
    config: dict[str, Any] = {}
    if thinking.effort is not None:
        config["effort"] = thinking.effort
    if conversation.schema is not None:
        config["format"] = {"type": "json_schema", "schema": msgspec.Raw(conversation.schema)}
    if config:
        output["output_config"] = config
    return output


def _sampling(
    conversation: Conversation, facts: ModelFacts, thinking: Thinking, dropped: list[str]
) -> dict[str, float | list[str]]:
    """Temperature, top_p, top_k and stop sequences, as far as model and thinking leave them free."""
    sampling: dict[str, float | list[str]] = {}
    stop = [word for word in conversation.stop if word.strip()]
    if len(stop) < len(conversation.stop):
        dropped.append("stop: this vendor takes no blank stop sequence")
    if stop and "stop" in facts.refused_parameters:
        dropped.append(f"stop: {_REFUSED}")
    elif stop:
        sampling["stop_sequences"] = stop
    wishes = {"temperature": conversation.temperature, "top_p": conversation.top_p, "top_k": conversation.top_k}
    asked = {key: value for key, value in wishes.items() if value is not None}
    if asked.get("top_p") == 1:
        del asked["top_p"]  # changes nothing
    for key, value in asked.items():
        reason = _unfree(key, value, facts, thinking) or (
            "newer models take temperature or top_p, not both" if key == "top_p" and "temperature" in asked else ""
        )
        if not reason:
            sampling[key] = min(value, 1.0) if key == "temperature" else value
        elif (key, value) != ("temperature", 1):
            dropped.append(f"{key}: {reason}")
    if sampling.get("temperature") != asked.get("temperature") and "temperature" in sampling:
        dropped.append("temperature: this vendor takes at most 1, which was sent")
    return sampling


def _unfree(key: str, value: float, facts: ModelFacts, thinking: Thinking) -> str:
    """Why a sampling parameter cannot be sent."""
    if key in facts.refused_parameters:
        return _REFUSED
    if not facts.sampling:
        return "the model takes no sampling parameters"
    if thinking.on and not (key == "top_p" and value >= _LEAST_THINKING_TOP_P):
        return "the vendor samples in its own way while it thinks"
    return ""
