"""A request made ready for a Gemini deployment: the caller's bytes and the closed list of edits, or a conversation said anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from lanewise.core.conversation import Conversation, Translated
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.dialect import WireCall
from lanewise.core.protocols.provider import Call
from lanewise.wire.edits import is_number
from lanewise.wire.gemini.parts import Parts
from lanewise.wire.gemini.spelling import Edited
from lanewise.wire.gemini.thinking import config_for, edit_thinking
from lanewise.wire.gemini.tools import tool_config, tools_block
from lanewise.wire.limits import NOT_FORCED, output_cap, refuse_what_is_essential

MOST_STOPS = 5

_REFUSED = "the model does not take it"
#: Gemini's names of a chat completion's parameters, and the value that changes nothing.
_SAMPLING: dict[str, tuple[str, float | None]] = {
    "temperature": ("temperature", 1.0),
    "top_p": ("topP", 1.0),
    "top_k": ("topK", None),
    "presence_penalty": ("presencePenalty", 0.0),
    "frequency_penalty": ("frequencyPenalty", 0.0),
}
_NAMES = {name: own for name, (own, _) in _SAMPLING.items()} | {"stop": "stopSequences", "seed": "seed"}
_LOGPROBS = ("responseLogprobs", "logprobs")
_SCHEMAS = ("responseSchema", "responseJsonSchema", "_responseJsonSchema")
_NO_SAMPLING = "the model takes no sampling parameters"
_NO_LOGPROBS = "the model gives no log-probabilities"
_NO_SCHEMA = "the model takes no JSON schema"
_NO_SCHEMA_WITH_TOOLS = "the model takes no JSON schema beside tools"
_NOTHING = frozenset({b"false", b"0", b"[]", b"{}"})


def path_of(call: Call) -> str:
    """Where the call is posted to: the model and whether it streams stand in the path."""
    model = call.deployment.model
    named = model if "/" in model else f"models/{model}"
    return f"/{quote(named)}:{'streamGenerateContent?alt=sse' if call.stream else 'generateContent'}"


def splice_call(call: Call) -> WireCall:
    """The caller's bytes for this deployment. Raises InvalidRequest where the model cannot take what the request is about."""
    refuse_what_is_essential(call)
    facts, cap = call.deployment.facts, output_cap(call)
    body = Edited(call.request.body)
    config = Edited(body.value("generationConfig") or b"{}", "generationConfig")
    config.set("maxOutputTokens", b"%d" % cap)
    dropped = edit_thinking(config, call, cap)
    dropped += _unfit(config, facts, has_tools=call.request.has_tools)
    body.set("generationConfig", config.spliced())
    if "model" in body:
        body.set("model", msgspec.json.encode(f"models/{call.deployment.model}"))
    if call.request.has_tools and not facts.forced_tools:
        dropped += _free_choice(body)
    body.remove("lanewise")
    headers = call.request.passed.headers
    return WireCall(path=path_of(call), body=body.spliced(), headers=headers, dropped=tuple(dropped))


def translate_call(call: Call, translated: Translated) -> WireCall:
    """The call's bytes for a caller of another dialect. Raises InvalidRequest where leaving a part out would change the question."""
    refuse_what_is_essential(call)
    facts, cap = call.deployment.facts, output_cap(call)
    conversation = translated.conversation
    dropped = [*translated.dropped, *_unsaid(conversation)]
    parts = Parts(signed_calls=facts.signed_calls)
    body = _said(conversation, parts, facts, dropped)
    config: dict[str, Any] = {"maxOutputTokens": cap}
    config |= _sampling(conversation, facts, dropped)
    config |= _format(conversation, facts, dropped)
    thinking = config_for(call, cap)
    if thinking.members:
        config["thinkingConfig"] = thinking.members
    body["generationConfig"] = config
    told = dict.fromkeys([*dropped, *thinking.dropped, *parts.dropped])
    return WireCall(path=path_of(call), body=msgspec.json.encode(body), dropped=tuple(told))


def _unfit(config: Edited, facts: ModelFacts, *, has_tools: bool) -> list[str]:
    """Take out of the caller's own `generationConfig` what the model cannot take."""
    unfit = dict(_unfit_sampling(facts))
    if not facts.logprobs:
        unfit |= dict.fromkeys(_LOGPROBS, (_NO_LOGPROBS, None))
    if not facts.json_schema:
        unfit |= dict.fromkeys(_SCHEMAS, (_NO_SCHEMA, None))
    if has_tools and not facts.schema_with_tools and any(config.value(name) is not None for name in _SCHEMAS):
        unfit |= dict.fromkeys((*_SCHEMAS, "responseMimeType"), (_NO_SCHEMA_WITH_TOOLS, None))
    dropped: list[str] = []
    for name, (reason, neutral) in unfit.items():
        value = config.value(name)
        config.remove(name)
        if value is not None and value not in _NOTHING and not is_number(value, neutral):
            dropped.append(f"{name}: {reason}")
    return dropped


def _unfit_sampling(facts: ModelFacts) -> Iterator[tuple[str, tuple[str, float | None]]]:
    """Names, each with its reason and the value that changes nothing."""
    if not facts.sampling:
        for name, neutral in _SAMPLING.values():
            yield name, (_NO_SAMPLING, neutral)
    for refused in facts.refused_parameters:
        if refused in _NAMES:
            yield _NAMES[refused], (_REFUSED, None)


def _free_choice(body: Edited) -> list[str]:
    tool_config_text = body.value("toolConfig")
    if tool_config_text is None:
        return []
    whole = Edited(tool_config_text, "toolConfig")
    choice = Edited(whole.value("functionCallingConfig") or b"{}", "toolConfig.functionCallingConfig")
    if (choice.value("mode") or b"").upper() != b'"ANY"':
        return []
    choice.set("mode", b'"AUTO"')
    choice.remove("allowedFunctionNames")
    whole.set("functionCallingConfig", choice.spliced())
    body.set("toolConfig", whole.spliced())
    return [f"toolConfig: {NOT_FORCED}"]


def _unsaid(conversation: Conversation) -> list[str]:
    """What this vendor has no words for."""
    unsaid = []
    if not conversation.tool_choice.parallel and conversation.tools:
        unsaid.append("parallel_tool_calls: this vendor calls as many functions at once as it wants")
    if any(tool.strict for tool in conversation.tools):
        unsaid.append("tools[].strict: this vendor does not bind arguments to the schema this way")
    if any(tool.cache_marker not in {None, b"null"} for tool in conversation.tools):
        unsaid.append("cache_control: the vendor finds cached prefixes itself")
    if conversation.user:
        unsaid.append("user: this vendor is told of no end users")
    return unsaid


def _said(conversation: Conversation, parts: Parts, facts: ModelFacts, dropped: list[str]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    contents = parts.contents(conversation.turns)
    system = parts.system(conversation.system)
    # The vendor wants somebody to answer to; a lone system prompt is the question.
    if not contents and system is not None:
        contents, system = [{"role": "user", **system}], None
        dropped.append("messages: a system message alone was sent as the user's")
    if not contents:
        raise InvalidRequest("`messages`: all are empty; write something to answer", param="messages")
    if system is not None:
        said["systemInstruction"] = system
    said["contents"] = contents
    if conversation.tools:
        said["tools"] = tools_block(conversation.tools)
        choice = conversation.tool_choice
        if choice.mode in {"any", "tool"} and not facts.forced_tools:
            dropped.append(f"tool_choice: {NOT_FORCED}")
        elif (config := tool_config(choice)) is not None:
            said["toolConfig"] = config
    return said


def _sampling(conversation: Conversation, facts: ModelFacts, dropped: list[str]) -> dict[str, Any]:
    """How to choose words, when to stop and what to tell of it, as far as the model takes that."""
    sampling: dict[str, Any] = {}
    for name, (own, neutral) in _SAMPLING.items():
        value = getattr(conversation, name)
        if value is None:
            continue
        if facts.sampling and name not in facts.refused_parameters:
            sampling[own] = value
        elif value != neutral:
            dropped.append(f"{name}: {_REFUSED if facts.sampling else _NO_SAMPLING}")
    return sampling | _ending(conversation, facts, dropped) | _logprobs(conversation, facts, dropped)


def _ending(conversation: Conversation, facts: ModelFacts, dropped: list[str]) -> dict[str, Any]:
    """Seed and stop sequences."""
    said: dict[str, Any] = {} if conversation.seed is None else {"seed": conversation.seed}
    stop = [word for word in conversation.stop if word]
    if stop and "stop" in facts.refused_parameters:
        dropped.append(f"stop: {_REFUSED}")
    elif stop:
        said["stopSequences"] = stop[:MOST_STOPS]
        if len(stop) > MOST_STOPS:
            dropped.append(f"stop: this vendor takes {MOST_STOPS} stop sequences, so the first were sent")
    return said


def _logprobs(conversation: Conversation, facts: ModelFacts, dropped: list[str]) -> dict[str, Any]:
    if conversation.logprobs is None:
        return {}
    if not facts.logprobs:
        dropped.append(f"logprobs: {_NO_LOGPROBS}")
        return {}
    return {"responseLogprobs": True} | ({"logprobs": conversation.logprobs} if conversation.logprobs else {})


def _format(conversation: Conversation, facts: ModelFacts, dropped: list[str]) -> dict[str, Any]:
    if conversation.schema is None and not conversation.json_mode:
        return {}
    if conversation.tools and not facts.schema_with_tools:
        dropped.append(f"response_format: {_NO_SCHEMA_WITH_TOOLS}")
        return {}
    if conversation.schema is None:
        return {"responseMimeType": "application/json"}
    if not facts.json_schema:
        dropped.append(f"response_format: {_NO_SCHEMA}")
        return {"responseMimeType": "application/json"}
    return {"responseMimeType": "application/json", "responseJsonSchema": msgspec.Raw(conversation.schema)}
