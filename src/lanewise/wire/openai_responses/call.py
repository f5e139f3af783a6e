"""A Responses request made ready for one deployment of the same dialect: the caller's bytes and the closed list of edits."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.dialect import WireCall
from lanewise.core.protocols.provider import Call
from lanewise.core.request import Earlier
from lanewise.wire.edits import Edits
from lanewise.wire.limits import NOT_FORCED, output_cap, refuse_what_is_essential
from lanewise.wire.openai_responses.items import text_or_empty
from lanewise.wire.openai_responses.own_items import without_own_thinking
from lanewise.wire.own_keys import leave_out_own_keys
from lanewise.wire.splice import elements, members, splice
from lanewise.wire.thinking import LOST_TO_TOOLS, level_for, tools_win, wish_of

PATH = "/responses"

#: Sampling parameters and the value that changes nothing: removed without a word there, with one elsewhere.
SAMPLING: dict[str, float | None] = {
    "temperature": 1.0,
    "top_p": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
}
_FREE_CHOICES = (b'"auto"', b'"none"', b"null")
_encode = msgspec.json.Encoder().encode


class _Named(msgspec.Struct, gc=False):
    type: Any = None
    id: Any = None


_NAMED = msgspec.json.Decoder(_Named)


def write_call(call: Call) -> WireCall:
    """The caller's bytes for this deployment. Raises InvalidRequest where the model cannot take what the request is about."""
    request, facts = call.request, call.deployment.facts
    refuse_what_is_essential(call)
    found = members(request.body) if request.members is None else request.members
    edits = Edits(request.body, found)
    edits.set("model", _encode(call.deployment.model))
    edits.set("max_output_tokens", b"%d" % output_cap(call))
    _input(edits, call)
    _thinking(edits, call)
    if request.has_tools and not facts.forced_tools:
        _tool_choice(edits)
    if call.stream != request.stream:
        edits.set("stream", b"true" if call.stream else b"false")
        if not call.stream:
            edits.remove("stream_options")
    _parameters(edits, facts)
    leave_out_own_keys(edits)
    return WireCall(path=PATH, body=splice(request.body, edits.changes, found), dropped=tuple(edits.dropped))


def _input(edits: Edits, call: Call) -> None:
    """What was said before is written out where this account does not remember it; thinking that Lanewise wrote itself goes."""
    said = edits.value("input")
    earlier = call.request.earlier
    if earlier is not None and earlier.account != call.deployment.provider.account:
        edits.set("input", _written_out(said or b"[]", earlier))
        edits.remove("previous_response_id")
    elif said is not None:
        edits.set("input", without_own_thinking(said))


def _written_out(said: bytes, earlier: Earlier) -> bytes:
    """The earlier items and the caller's own, with what is only named in the place of its name.

    Thinking among them stays behind: another account gave it, and no other can read it.
    """
    if not said.startswith(b"["):
        said = b'[{"role":"user","content":' + said + b"}]" if said != b"null" else b"[]"
    before = [item for item in elements(earlier.items) if _kind_and_id(item)[0] != "reasoning"]
    now = [each for item in elements(said) for each in _unnamed(item, earlier)]
    return without_own_thinking(b"[" + b",".join(before + now) + b"]")


def _unnamed(item: bytes, earlier: Earlier) -> list[bytes]:
    kind, item_id = _kind_and_id(item)
    found = earlier.named.get(item_id, item) if kind == "item_reference" else item
    return [] if found is not item and _kind_and_id(found)[0] == "reasoning" else [found]


def _kind_and_id(item: bytes) -> tuple[str, str]:
    try:
        told = _NAMED.decode(item)
    except msgspec.ValidationError:
        return "", ""
    return text_or_empty(told.type), text_or_empty(told.id)


def _thinking(edits: Edits, call: Call) -> None:
    facts = call.deployment.facts
    if facts.thinking == "none":
        edits.remove("reasoning", "" if call.request.effort == "none" else "the model has no thinking to steer")
        return
    level = level_for(facts.efforts, wish_of(call))
    if level is None:
        return
    if tools_win(call) and (call.effort or call.request.effort) != "none":
        edits.dropped.append(f"reasoning: {LOST_TO_TOOLS}, so effort {level!r} was sent")
    reasoning = edits.value("reasoning") or b"{}"
    edits.set("reasoning", splice(reasoning if reasoning.startswith(b"{") else b"{}", {"effort": _encode(level)}))


def _tool_choice(edits: Edits) -> None:
    """A free choice in place of a forced one, which is a list of allowed tools too where one of them must be called."""
    choice = edits.value("tool_choice") or b"null"
    if choice in _FREE_CHOICES or (b'"allowed_tools"' in choice and b'"required"' not in choice):
        return
    edits.set("tool_choice", b'"auto"')
    edits.dropped.append(f"tool_choice: {NOT_FORCED}")


def _parameters(edits: Edits, facts: ModelFacts) -> None:
    if not facts.sampling:
        edits.remove_each(SAMPLING, "the model takes no sampling parameters")
    edits.remove_each({key: SAMPLING.get(key) for key in facts.refused_parameters}, "the model does not take it")
    if not facts.logprobs:
        edits.remove("top_logprobs", "the model gives no log-probabilities")
        _not_included(edits, b'"message.output_text.logprobs"')
    text = edits.value("text")
    if not facts.json_schema and text is not None and b'"json_schema"' in text and text.startswith(b"{"):
        edits.set("text", splice(text, {"format": None}))
        edits.dropped.append("text.format: the model takes no JSON schema")


def _not_included(edits: Edits, value: bytes) -> None:
    included = edits.value("include")
    if included is None or not included.startswith(b"[") or value not in included:
        return
    edits.set("include", b"[" + b",".join(each for each in elements(included) if each != value) + b"]")
    edits.dropped.append("include: the model gives no log-probabilities")
