"""A chat completion request made ready for one deployment of the same dialect: the caller's bytes and the closed list of edits."""

from __future__ import annotations

import msgspec

from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.dialect import WireCall
from lanewise.core.protocols.provider import Call
from lanewise.wire.cache_markers import without_cache_markers
from lanewise.wire.edits import Edits, is_number
from lanewise.wire.limits import NOT_FORCED, output_cap, refuse_what_is_essential
from lanewise.wire.own_keys import leave_out_own_keys
from lanewise.wire.splice import Member, members, splice
from lanewise.wire.thinking import LOST_TO_TOOLS, level_for, tools_win, wish_of

PATH = "/chat/completions"

#: Sampling parameters and the value that changes nothing: removed without a word there, with one elsewhere.
SAMPLING: dict[str, float | None] = {
    "temperature": 1.0,
    "top_p": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "logit_bias": None,
}
_LOGPROBS = ("logprobs", "top_logprobs")
_CAPS = ("max_tokens", "max_completion_tokens")
_encode = msgspec.json.Encoder().encode


def write_call(call: Call) -> WireCall:
    """The caller's bytes for this deployment. Raises InvalidRequest where the model cannot take what the request is about."""
    refuse_what_is_essential(call)
    request = call.request
    found = members(request.body) if request.members is None else request.members
    return fitted(call, request.body, found, marked=request.has_cache_markers)


def fitted(
    call: Call, body: bytes, found: dict[str, Member], *, marked: bool = False, lost: tuple[str, ...] = ()
) -> WireCall:
    """A chat completion's body as this deployment takes it. `marked`: it has cache markers; `lost`: what is told as lost already."""
    facts = call.deployment.facts
    edits = Edits(body, found)
    edits.dropped += lost
    edits.set("model", _encode(call.deployment.model))
    _cap(edits, call)
    _thinking(edits, call)
    if call.request.has_tools and not facts.forced_tools:
        _tool_choice(edits)
    _streaming(edits, call)
    _parameters(edits, facts)
    leave_out_own_keys(edits)
    if marked and not facts.cache_markers:
        _cache_markers(edits)
    return WireCall(path=PATH, body=splice(body, edits.changes, found), dropped=tuple(edits.dropped))


def _cap(edits: Edits, call: Call) -> None:
    for key in _CAPS:
        if key == call.deployment.facts.output_cap:
            edits.set(key, b"%d" % output_cap(call))
        else:
            edits.remove(key)


def _thinking(edits: Edits, call: Call) -> None:
    facts = call.deployment.facts
    if facts.thinking == "none":
        edits.remove("reasoning_effort", "" if call.request.effort == "none" else "the model has no thinking to steer")
        edits.remove("reasoning", "the model has no thinking to steer")
        return
    level = level_for(facts.efforts, wish_of(call))
    if level is None:
        return
    if tools_win(call) and (call.effort or call.request.effort) != "none":
        edits.dropped.append(f"reasoning_effort: {LOST_TO_TOOLS}, so {level!r} was sent")
    if edits.value("reasoning") is not None and edits.value("reasoning_effort") is None:
        reasoning = edits.value("reasoning") or b"{}"
        if reasoning.startswith(b"{"):  # OpenRouter's own way to say it; both at once it refuses
            edits.set("reasoning", splice(reasoning, {"effort": _encode(level), "max_tokens": None}))
            return
    edits.set("reasoning_effort", _encode(level))


def _tool_choice(edits: Edits) -> None:
    """A free choice in place of a forced one, which is a list of allowed tools too where one of them must be called."""
    for key in ("tool_choice", "function_call"):
        choice = edits.value(key) or b"null"
        forced = choice == b'"required"' or (
            choice.startswith(b"{") and (b'"allowed_tools"' not in choice or b'"required"' in choice)
        )
        if forced:
            edits.set(key, b'"auto"')
            edits.dropped.append(f"{key}: {NOT_FORCED}")


def _streaming(edits: Edits, call: Call) -> None:
    if call.stream != call.request.stream:
        edits.set("stream", b"true" if call.stream else b"false")
    if not call.stream:
        edits.remove("stream_options")
    elif not call.deployment.provider.stream_usage:
        edits.remove("stream_options", "the vendor does not know it")
    elif not call.request.include_usage:  # the caller did not ask, but the bill does
        options = edits.value("stream_options")
        if options is None or not options.startswith(b"{"):
            edits.set("stream_options", b'{"include_usage":true}')
        else:
            edits.set("stream_options", splice(options, {"include_usage": b"true"}))


def _parameters(edits: Edits, facts: ModelFacts) -> None:
    if not facts.sampling:
        edits.remove_each(SAMPLING, "the model takes no sampling parameters")
    for key in facts.refused_parameters:
        edits.remove(key, "" if is_number(edits.value(key), SAMPLING.get(key)) else "the model does not take it")
    if not facts.logprobs:
        for key in _LOGPROBS:
            edits.remove(key, "the model gives no log-probabilities")
    if not facts.json_schema and b'"json_schema"' in (edits.value("response_format") or b""):
        edits.remove("response_format", "the model takes no JSON schema")


def _cache_markers(edits: Edits) -> None:
    for key in ("messages", "tools"):
        value = edits.value(key)
        if value is not None:
            bare = without_cache_markers(value)
            if bare != value:
                edits.set(key, bare)
    if edits.value("cache_control") is not None:
        edits.remove("cache_control")
    if "messages" in edits.changes or "tools" in edits.changes or "cache_control" in edits.changes:
        edits.dropped.append("cache_control: the model takes no cache markers")
