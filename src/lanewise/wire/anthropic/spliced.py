"""A messages request made ready for one deployment of the same dialect: the caller's bytes and the closed list of edits."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.protocols.dialect import WireCall
from lanewise.core.protocols.provider import Call
from lanewise.wire.anthropic.earlier_thinking import Earlier
from lanewise.wire.anthropic.hidden import hiding_thinking
from lanewise.wire.anthropic.thinking import Thinking, thinking_for
from lanewise.wire.cache_markers import without_cache_markers
from lanewise.wire.edits import Edits, is_number
from lanewise.wire.limits import NOT_FORCED, output_cap, refuse_what_is_essential
from lanewise.wire.own_keys import leave_out_own_keys
from lanewise.wire.splice import members, splice
from lanewise.wire.thinking import LEVELS, Wish, budget_for, level_for, tools_win

PATH = "/messages"
VERSION = ("anthropic-version", "2023-06-01")

#: Sampling parameters and the value that changes nothing.
_SAMPLING: dict[str, float | None] = {"temperature": 1.0, "top_p": 1.0, "top_k": None}
_LEAST_THINKING_TOP_P = 0.95  # with thinking on the vendor takes 0.95 to 1
_SAMPLES_ITSELF = "the vendor samples in its own way while it thinks"
_NO_ROOM = "thinking: the output cap leaves no room for the least budget"
_NOT_ASKED = frozenset({"", "disabled"})
_NO_SCHEMA = "the model takes no JSON schema"
_OTHER_NAMES = {"stop": "stop_sequences"}  # what a chat completion's parameters are called here
_encode = msgspec.json.Encoder().encode


class _Thinking(msgspec.Struct, gc=False):
    type: Any = ""
    budget_tokens: Any = None
    display: Any = None


_THINKING = msgspec.json.Decoder(_Thinking)
_CHOICE = msgspec.json.Decoder(dict[str, msgspec.Raw])  # its values are the vendor's to judge


def write_call(call: Call) -> WireCall:
    """The caller's bytes for this deployment. Raises InvalidRequest where the model cannot take what the request is about."""
    refuse_what_is_essential(call)
    body, facts = call.request.body, call.deployment.facts
    found = members(body) if call.request.members is None else call.request.members
    edits = Edits(body, found)
    edits.set("model", _encode(call.deployment.model))
    edits.set("max_tokens", b"%d" % output_cap(call))
    if call.stream != call.request.stream:
        edits.set("stream", b"true" if call.stream else b"false")
    earlier = Earlier(edits)
    unasked = _thinking(edits, call, earlier)
    if not facts.forced_tools and _forces_a_tool(edits):
        edits.set("tool_choice", b'{"type":"auto"}')
        edits.dropped.append(f"tool_choice: {NOT_FORCED}")
    _parameters(edits, call)
    leave_out_own_keys(edits)
    if call.request.has_cache_markers and not facts.cache_markers:
        _cache_markers(edits)
    known = any(name == VERSION[0] for name, _ in call.request.passed.headers)
    return WireCall(
        path=PATH,
        body=splice(body, edits.changes, found),
        headers=() if known else (VERSION,),
        dropped=tuple(dict.fromkeys(edits.dropped)),
        hiding=hiding_thinking() if unasked else None,
    )


def _thinking(edits: Edits, call: Call, earlier: Earlier) -> bool:
    """The caller's own wish as it is where the model takes it, else as near as the model comes; the lane's word wins over it.

    Whether the model thinks now, and its caller asked for nothing of the kind.
    """
    if call.request.max_output_tokens == 0:
        return False  # nothing is to be answered: a lane's wish to think is for nothing, and the vendor refuses it
    facts = call.deployment.facts
    own = _own_wish(edits)
    told = call.effort is not None or call.thinking_budget_tokens is not None or tools_win(call)
    by_budget = facts.thinking == "budget" or facts.thinking_budget_tokens is not None
    foreign = (own.type == "enabled" and not by_budget) or (own.type == "adaptive" and facts.thinking != "adaptive")
    if told or foreign:
        met = earlier.circumstances(forced_tool=call.request.has_tools and _forces_a_tool(edits))
        thinking = thinking_for(call, met, output_cap(call))
        _say(edits, thinking, own)
        asked_for = own.type not in _NOT_ASKED or call.request.effort not in {None, "none"}
        return not asked_for and thinking != Thinking(dropped=thinking.dropped)
    _effort(edits, call)
    if own.type == "enabled":
        _budget(edits, call, own, earlier)
    elif own.type == "disabled" and facts.thinking_always:
        edits.remove("thinking", "the model's thinking cannot be switched off")
    return False


def _own_wish(edits: Edits) -> _Thinking:
    value = edits.value("thinking")
    return _Thinking() if value is None or not value.startswith(b"{") else _THINKING.decode(value)


def _say(edits: Edits, thinking: Thinking, own: _Thinking) -> None:
    """What was decided on, in place of what the caller wrote; how it is shown stays the caller's wish."""
    edits.dropped += thinking.dropped
    if thinking.thinking is None:
        edits.remove("thinking")
    else:
        shown = {} if own.display is None else {"display": own.display}
        edits.set("thinking", _encode(thinking.thinking | shown))
        _free_sampling(edits)
    _set_effort(edits, thinking.effort)


def _budget(edits: Edits, call: Call, own: _Thinking, earlier: Earlier) -> None:
    """A caller's budget below the cap that is sent. The vendor does not think on in a tool loop whose own thinking is not there."""
    facts, wanted = call.deployment.facts, own.budget_tokens
    if earlier.circumstances(forced_tool=False).unsigned_loop:
        edits.remove("thinking", "a tool loop begun without signed thinking goes on without")
        return
    if not isinstance(wanted, int):
        return  # the vendor will say what is wrong
    budget = budget_for(facts, Wish(None, wanted), output_cap(call))
    if not budget:
        edits.remove("thinking")
        edits.dropped.append(_NO_ROOM)
    elif budget < wanted:
        edits.set("thinking", splice(edits.value("thinking") or b"{}", {"budget_tokens": b"%d" % budget}))


def _effort(edits: Edits, call: Call) -> None:
    """The caller's own level, or the nearest that the model knows. A level that nobody here knows is the vendor's to judge."""
    config = edits.value("output_config")
    wanted = call.request.effort
    if config is None or b'"effort"' not in config or wanted is None or wanted == "none":
        return
    efforts = call.deployment.facts.efforts
    if not efforts:
        _set_effort(edits, None)
        edits.dropped.append("output_config.effort: the model knows no levels")
    elif wanted in LEVELS and wanted not in efforts:
        _set_effort(edits, level_for(efforts, Wish(wanted, None)))


def _set_effort(edits: Edits, level: str | None) -> None:
    _set_in_config(edits, "effort", None if level is None else _encode(level))


def _set_in_config(edits: Edits, key: str, value: bytes | None) -> None:
    """One member of `output_config`, which is left out where nothing stands in it."""
    written = edits.changes.get("output_config", edits.value("output_config"))
    config = b"{}" if written is None or not written.startswith(b"{") else written
    if value is None and key not in members(config):
        return
    config = splice(config, {key: value})
    if members(config):
        edits.set("output_config", config)
    else:
        edits.remove("output_config")


def _forces_a_tool(edits: Edits) -> bool:
    choice = edits.value("tool_choice")
    return choice is not None and choice.startswith(b"{") and _type_of(choice) in (b'"any"', b'"tool"')


def _type_of(choice: bytes) -> bytes:
    return bytes(_CHOICE.decode(choice).get("type", b""))


def _free_sampling(edits: Edits) -> None:
    """Leave out what the vendor refuses while it thinks, where it was not the caller who made it think."""
    top_p = edits.value("top_p")
    edits.remove_each({"temperature": 1.0, "top_k": None}, _SAMPLES_ITSELF)
    if top_p is not None and not _is_at_least(top_p, _LEAST_THINKING_TOP_P):
        edits.remove("top_p", _SAMPLES_ITSELF)


def _is_at_least(value: bytes, number: float) -> bool:
    try:
        return float(value) >= number
    except ValueError:
        return True  # no number: the vendor will say so


def _parameters(edits: Edits, call: Call) -> None:
    facts = call.deployment.facts
    if not facts.sampling:
        edits.remove_each(_SAMPLING, "the model takes no sampling parameters")
    for key in facts.refused_parameters:
        name = _OTHER_NAMES.get(key, key)
        edits.remove(name, "" if is_number(edits.value(name), _SAMPLING.get(key)) else "the model does not take it")
    if not facts.json_schema and call.request.response_format == "json_schema":
        edits.remove("output_format")
        _set_in_config(edits, "format", None)
        edits.dropped.append(f"output_config.format: {_NO_SCHEMA}")


def _cache_markers(edits: Edits) -> None:
    for key in ("system", "messages", "tools"):
        value = edits.changes.get(key, edits.value(key))
        if value is not None and value.startswith(b"["):
            bare = without_cache_markers(value)
            if bare != value:
                edits.set(key, bare)
    edits.remove("cache_control")
    edits.dropped.append("cache_control: the model takes no cache markers")
