"""One turn of a model, a tool call or a text, as the events of a stream in each dialect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_MODEL = "agent"


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """A call where `tool` is named, else a text."""

    text: str = ""
    tool: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def arguments_json(self) -> str:
        return json.dumps(self.arguments)


def chat(turn: Turn) -> Iterator[bytes]:
    """OpenAI's chat completions."""
    call = {"name": turn.tool, "arguments": turn.arguments_json}
    calls = {"tool_calls": [{"index": 0, "id": "call_agent_1", "type": "function", "function": call}]}
    said = calls if turn.tool else {"content": turn.text}
    yield _chunk({"role": "assistant", **said}, None)
    yield _chunk({}, "tool_calls" if turn.tool else "stop")
    usage = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}
    yield _data(_completion([]) | {"usage": usage})
    yield b"data: [DONE]\n\n"


def _chunk(delta: dict[str, Any], finish: str | None) -> bytes:
    return _data(_completion([{"index": 0, "delta": delta, "finish_reason": finish}]))


def _completion(choices: list[Any]) -> dict[str, Any]:
    fixed = {"id": "chatcmpl-agent", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": _MODEL}
    return fixed | {"choices": choices}


def messages(turn: Turn) -> Iterator[bytes]:
    """Anthropic's messages."""
    usage = {"input_tokens": 20, "output_tokens": 1}
    message = {"id": "msg_agent", "type": "message", "role": "assistant", "model": _MODEL, "content": []}
    yield _event("message_start", message=message | {"stop_reason": None, "stop_sequence": None, "usage": usage})
    call = {"type": "tool_use", "id": "toolu_agent_1", "name": turn.tool, "input": {}}
    yield _event("content_block_start", index=0, content_block=call if turn.tool else {"type": "text", "text": ""})
    part = {"type": "input_json_delta", "partial_json": turn.arguments_json}
    yield _event("content_block_delta", index=0, delta=part if turn.tool else {"type": "text_delta", "text": turn.text})
    yield _event("content_block_stop", index=0)
    stop = {"stop_reason": "tool_use" if turn.tool else "end_turn", "stop_sequence": None}
    yield _event("message_delta", delta=stop, usage={"output_tokens": 10})
    yield _event("message_stop")


def responses(turn: Turn) -> Iterator[bytes]:
    """OpenAI's responses."""
    begun = {"id": "resp_agent", "object": "response", "created_at": 1_700_000_000, "model": _MODEL, "output": []}
    yield _event("response.created", sequence_number=0, response=begun | {"status": "in_progress"})
    made = _call_item(turn) if turn.tool else _message_item(turn)
    empty = {"arguments": "", "status": "in_progress"} if turn.tool else {"content": [], "status": "in_progress"}
    yield _event("response.output_item.added", sequence_number=1, output_index=0, item=made | empty)
    for number, (name, said) in enumerate(_call_events(turn) if turn.tool else _message_events(turn), start=2):
        yield _event(name, sequence_number=number, output_index=0, item_id=made["id"], **said)
    yield _event("response.output_item.done", sequence_number=8, output_index=0, item=made)
    details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    usage = {"input_tokens": 20, "output_tokens": 10, "total_tokens": 30, **details}
    done = begun | {"status": "completed", "output": [made], "usage": usage}
    yield _event("response.completed", sequence_number=9, response=done)


def _call_item(turn: Turn) -> dict[str, Any]:
    named = {"id": "fc_agent", "call_id": "call_agent_1", "name": turn.tool, "arguments": turn.arguments_json}
    return {"type": "function_call", "status": "completed", **named}


def _message_item(turn: Turn) -> dict[str, Any]:
    content = [{"type": "output_text", "text": turn.text, "annotations": []}]
    return {"type": "message", "id": "msg_agent", "role": "assistant", "status": "completed", "content": content}


def _call_events(turn: Turn) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "response.function_call_arguments.delta", {"delta": turn.arguments_json}
    yield "response.function_call_arguments.done", {"arguments": turn.arguments_json}


def _message_events(turn: Turn) -> Iterator[tuple[str, dict[str, Any]]]:
    part = {"type": "output_text", "text": "", "annotations": []}
    yield "response.content_part.added", {"content_index": 0, "part": part}
    yield "response.output_text.delta", {"content_index": 0, "delta": turn.text}
    yield "response.output_text.done", {"content_index": 0, "text": turn.text}
    yield "response.content_part.done", {"content_index": 0, "part": part | {"text": turn.text}}


def gemini(turn: Turn) -> Iterator[bytes]:
    """Gemini's generateContent."""
    call = {"functionCall": {"id": "agent-1", "name": turn.tool, "args": turn.arguments}}
    content = {"role": "model", "parts": [call if turn.tool else {"text": turn.text}]}
    usage = {"promptTokenCount": 20, "candidatesTokenCount": 10, "totalTokenCount": 30}
    candidate = {"content": content, "finishReason": "STOP", "index": 0}
    yield _data({"candidates": [candidate], "usageMetadata": usage, "modelVersion": _MODEL})


def _data(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def _event(name: str, **said: Any) -> bytes:
    return b"event: " + name.encode() + b"\n" + _data({"type": name, **said})
