"""A response of this dialect, made of what another vendor answered."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.answer import Content, Finish, Thought, TokenLogprob, ToolCall
from lanewise.core.errors import InvalidRequest
from lanewise.core.request import Request
from lanewise.core.usage import Usage
from lanewise.wire.openai_responses.body import Text
from lanewise.wire.openai_responses.own_items import own_thinking_id
from lanewise.wire.openai_responses.tools import Spoken, ToolSpec, free_text_of, read_specs, spoken_names
from lanewise.wire.openai_responses.usage import usage_object
from lanewise.wire.own_keys import without_hints

Item = dict[str, Any]


class _Asked(msgspec.Struct, gc=False):
    """What of a request stands in its response too."""

    instructions: Any = None
    max_output_tokens: int | None = None
    max_tool_calls: Any = None
    parallel_tool_calls: bool | None = None
    previous_response_id: str | None = None
    prompt_cache_key: Any = None
    reasoning: Any = None
    safety_identifier: Any = None
    store: bool | None = None
    temperature: float | None = None
    text: Text | None = None
    tool_choice: Any = None
    tools: list[msgspec.Raw] | None = None
    top_logprobs: int | None = None
    top_p: float | None = None
    user: Any = None
    metadata: msgspec.Raw = msgspec.Raw()


_ASKED = msgspec.json.Decoder(_Asked)
_OBJECT = msgspec.json.Decoder(dict[str, Any])
_INCOMPLETE = {Finish.LENGTH: "max_output_tokens", Finish.CONTENT_FILTER: "content_filter"}


class Rendering:
    """Writes the items of one response, and the response they stand in."""

    def __init__(self, request: Request, *, run_id: str, created_s: int) -> None:
        asked = _asked(request.body)
        self._run_id = run_id
        self._model = request.model
        self._names = spoken_names(_specs(asked))
        self._frame = {"id": f"resp_{run_id}", "object": "response", "created_at": created_s} | _echo(asked)

    def response(
        self,
        status: str,
        output: list[Item],
        *,
        model: str = "",
        usage: Usage | None = None,
        reason: str | None = None,
        error: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The response object. `reason` is why it is incomplete, `error` why it failed."""
        return self._frame | {
            "status": status,
            "completed_at": None,
            "model": model or self._model,
            "output": output,
            "usage": None if usage is None else usage_object(usage),
            "incomplete_details": None if reason is None else {"reason": reason},
            "error": error,
        }

    def whole(self, content: Content, finish: Finish, *, model: str, usage: Usage | None, own: bool) -> dict[str, Any]:
        """The response to an answer that is whole. `own`: a vendor of this dialect gave it, so its thinking keeps its proof."""
        output: list[Item] = []
        for thought in content.thoughts or ((Thought(text=content.reasoning),) if content.reasoning else ()):
            item = self.thinking(len(output), thought.text)
            output.append(item | ({"id": thought.id, "encrypted_content": thought.encrypted} if own else {}))
        if content.text or content.refusal or not content.tool_calls:
            parts: list[Item] = []
            if content.text or not content.refusal:
                parts.append(text_part(content.text, content.logprobs))
            if content.refusal:
                parts.append(refusal_part(content.refusal))
            output.append(self.message(len(output), parts))
        for call in content.tool_calls:
            output.append(self.call(len(output), call))
        status, reason = ending(finish)
        return self.response(status, output, model=model, usage=usage, reason=reason)

    def message(self, place: int, parts: list[Item], status: str = "completed") -> Item:
        """A message item."""
        item_id = f"msg_{self._run_id}_{place}"
        return {"id": item_id, "type": "message", "status": status, "role": "assistant", "content": parts}

    def thinking(self, place: int, text: str) -> Item:
        """A reasoning item without a proof: whoever gave this thinking is no vendor of this dialect."""
        summary = [summary_part(text)] if text else []
        return {"id": own_thinking_id(self._run_id, place), "type": "reasoning", "summary": summary}

    def call(self, place: int, call: ToolCall, status: str = "completed") -> Item:
        """A call, in the words in which its tool was offered."""
        spoken = self.spoken(call.name)
        call_id = call.id or f"call_{self._run_id}_{place}"
        named = {"call_id": call_id, "name": spoken.name}
        if spoken.namespace:
            named["namespace"] = spoken.namespace
        if spoken.free_text:
            text = free_text_of(call.arguments) if call.arguments else ""
            item_id = f"ctc_{self._run_id}_{place}"
            return {"id": item_id, "type": "custom_tool_call", "status": status, **named, "input": text}
        item_id = f"fc_{self._run_id}_{place}"
        return {"id": item_id, "type": "function_call", "status": status, **named, "arguments": call.arguments}

    def spoken(self, name: str) -> Spoken:
        """How the caller calls a tool."""
        return self._names.get(name) or Spoken(name)


def ending(finish: Finish) -> tuple[str, str | None]:
    """The status of a response that ended so, and why it is incomplete."""
    reason = _INCOMPLETE.get(finish)
    return ("completed", None) if reason is None else ("incomplete", reason)


def text_part(text: str, logprobs: tuple[TokenLogprob, ...] = ()) -> Item:
    """A part of words."""
    told = [logprob_object(each) for each in logprobs]
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": told}


def refusal_part(text: str) -> Item:
    """A part that refuses."""
    return {"type": "refusal", "refusal": text}


def summary_part(text: str) -> Item:
    """A part of a reasoning item."""
    return {"type": "summary_text", "text": text}


def logprob_object(each: TokenLogprob) -> Item:
    """One token's log-probability, and its alternatives."""
    top = [{"token": token, "logprob": number, "bytes": list(token.encode())} for token, number in each.top]
    return {"token": each.token, "logprob": each.logprob, "bytes": list(each.token.encode()), "top_logprobs": top}


def _asked(body: bytes) -> _Asked:
    try:
        return _ASKED.decode(body)
    except msgspec.ValidationError:  # a request that no vendor took: its error is told all the same
        return _Asked()


def _specs(asked: _Asked) -> list[ToolSpec]:
    try:
        return read_specs(asked.tools or [])
    except InvalidRequest:
        return []


def _echo(asked: _Asked) -> dict[str, Any]:
    """What the caller asked for, with the vendor's defaults where nothing was said."""
    reasoning = asked.reasoning if isinstance(asked.reasoning, dict) else {}
    metadata = without_hints(bytes(asked.metadata)) if asked.metadata else None
    return {
        "background": False,
        "frequency_penalty": 0.0,
        "instructions": asked.instructions,
        "max_output_tokens": asked.max_output_tokens,
        "max_tool_calls": asked.max_tool_calls,
        "metadata": msgspec.Raw(metadata) if metadata is not None and metadata.startswith(b"{") else {},
        "parallel_tool_calls": asked.parallel_tool_calls is not False,
        "presence_penalty": 0.0,
        "previous_response_id": asked.previous_response_id,
        "prompt_cache_key": asked.prompt_cache_key,
        "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
        "safety_identifier": asked.safety_identifier,
        "service_tier": "default",
        "store": asked.store is not False,
        "temperature": 1.0 if asked.temperature is None else asked.temperature,
        "text": {"format": _format(asked.text)},
        "tool_choice": asked.tool_choice or "auto",
        "tools": [_tool(raw) for raw in asked.tools or ()],
        "top_logprobs": asked.top_logprobs or 0,
        "top_p": 1.0 if asked.top_p is None else asked.top_p,
        "truncation": "disabled",
        "user": asked.user,
    }


def _format(text: Text | None) -> Item:
    format_ = None if text is None else text.format
    if format_ is None or format_.type != "json_schema":
        return {"type": "text" if format_ is None else format_.type}
    schema = msgspec.Raw(format_.schema) if format_.schema else {}
    return {
        "type": "json_schema",
        "name": format_.name,
        "description": None,
        "schema": schema,
        "strict": bool(format_.strict),
    }


def _tool(raw: msgspec.Raw) -> Item | msgspec.Raw:
    """A function with all that its description may hold; another tool as the caller wrote it."""
    try:
        tool = _OBJECT.decode(raw)
    except msgspec.ValidationError:
        return raw
    if tool.get("type") != "function":
        return raw
    return {"description": None, "parameters": None, "strict": True} | tool
