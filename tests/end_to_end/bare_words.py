"""What a vendor at a bare socket says, by hand: for tests that decide themselves when each byte is sent."""

from __future__ import annotations

import json
from typing import Any


def _event(payload: dict[str, Any]) -> bytes:
    name = f"event: {payload['type']}\n" if "type" in payload else ""
    return f"{name}data: {json.dumps(payload)}\n\n".encode()


def _chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _event(
        {
            "id": "c",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "bare",
            "choices": [choice],
            "usage": None,
        }
    )


_USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
_MESSAGE = {"id": "m", "type": "message", "role": "assistant", "model": "bare", "content": []}

#: The beginning of a stream, by dialect: a caller sees `The answer`.
FIRST_WORDS = {
    "openai": _chunk({"role": "assistant", "content": "The answer"}),
    "anthropic": _event(
        {"type": "message_start", "message": _MESSAGE | {"usage": {"input_tokens": 9, "output_tokens": 1}}}
    )
    + _event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    + _event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "The answer"}}),
}

#: The rest of an OpenAI stream: ` is 391.`, usage, and the terminal event.
LAST_WORDS = (
    _chunk({"content": " is 391."})
    + _chunk({}, "stop")
    + _event(
        {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "bare", "choices": [], "usage": _USAGE}
    )
    + b"data: [DONE]\n\n"
)

#: The same as one OpenAI body.
WHOLE = json.dumps(
    {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "bare",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "The answer is 391."}, "finish_reason": "stop"}
        ],
        "usage": _USAGE,
    }
).encode()
TEXT = "The answer is 391."
