"""A vendor for the SDK makers' own tests: whatever it is asked, it answers with what the API's description allows.

Their tests are about shapes: they run against mock servers that judge nothing and send every example value of the description, among
them what no real vendor takes (`max_completion_tokens: 0`, a Responses request with nothing in it). This one speaks OpenAI's chat
completions, responses and embeddings, and Anthropic's messages. The id of a response is the text it was asked, so that whoever keeps
it can be asked for it by a name that is known before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from clients import turns
from raw_vendor import Exchange

_SAID = turns.Turn(text="Hello.")
_CREATED_S = 1_700_000_000
_MODEL = "shape"
Body = dict[str, Any]


async def answer(exchange: Exchange) -> None:
    """The script of a raw vendor."""
    path = exchange.request_line.split()[1].partition("?")[0]
    body = json.loads(exchange.body)
    if body.get("stream") and path in _STREAMS:
        await exchange.stream()
        for event in _STREAMS[path](_SAID):
            await exchange.event(event)
        await exchange.end()
    elif path in _WHOLE:
        await exchange.whole(json.dumps(_WHOLE[path](body)).encode())
    else:
        await exchange.whole(b'{"error": {"type": "invalid_request_error", "message": "There is no such path."}}', 404)


def _chat(_: Body) -> Body:
    message = {"role": "assistant", "content": _SAID.text, "refusal": None}
    return {
        "id": "chatcmpl-shape",
        "object": "chat.completion",
        "created": _CREATED_S,
        "model": _MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 2, "total_tokens": 22},
    }


def _response(asked: Body) -> Body:
    said = asked.get("input")
    content = [{"type": "output_text", "text": _SAID.text, "annotations": []}]
    details = {
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    return {
        "id": said if isinstance(said, str) and said else "resp_shape",
        "object": "response",
        "created_at": float(_CREATED_S),
        "model": _MODEL,
        "status": "completed",
        "output": [
            {"type": "message", "id": "msg_shape", "role": "assistant", "status": "completed", "content": content}
        ],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {"input_tokens": 20, "output_tokens": 2, "total_tokens": 22, **details},
    }


def _vectors(_: Body) -> Body:
    # The SDK asks for base64 where its caller says nothing, and is strict in these tests about what it then takes: numbers only.
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.5, -0.25]}],
        "model": _MODEL,
        "usage": {"prompt_tokens": 9, "total_tokens": 9},
    }


def _message(_: Body) -> Body:
    return {
        "id": "msg_shape",
        "type": "message",
        "role": "assistant",
        "model": _MODEL,
        "content": [{"type": "text", "text": _SAID.text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 20, "output_tokens": 2},
    }


def _count(_: Body) -> Body:
    return {"input_tokens": 20}


_WHOLE: dict[str, Callable[[Body], Body]] = {
    "/v1/chat/completions": _chat,
    "/v1/responses": _response,
    "/v1/embeddings": _vectors,
    "/v1/messages": _message,
    "/v1/messages/count_tokens": _count,
}
_STREAMS: dict[str, Callable[[turns.Turn], Iterator[bytes]]] = {
    "/v1/chat/completions": turns.chat,
    "/v1/responses": turns.responses,
    "/v1/messages": turns.messages,
}
