"""A vendor of three dialects that talks on until its caller hangs up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from raw_vendor import Exchange


class Talker:
    """Says piece after piece: aloud where the question holds the word `aloud`, as thinking where it does not. Notes who hangs up."""

    def __init__(self, pieces: Iterable[str], *, aloud: bytes = b"") -> None:
        self._pieces = tuple(pieces)
        self._aloud = aloud
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget what was said."""
        self.said = 0
        self.hung_up = asyncio.Event()

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.stream()
        path, aloud = exchange.request_line.split()[1], self._aloud in exchange.body
        if path == "/v1/messages":
            await exchange.event(_opening(aloud=aloud))
        elif path == "/v1/responses":
            await exchange.event(_begun())
        gone = asyncio.create_task(exchange.gone())
        for piece in self._pieces:
            await exchange.event(_SAYS[path](piece, aloud=aloud, number=self.said))
            self.said += 1
            if (await asyncio.wait([gone], timeout=0.01))[0]:
                self.hung_up.set()
                exchange.close()
                return
        gone.cancel()


def _event(**data: Any) -> bytes:
    return f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode()


def _opening(*, aloud: bool) -> bytes:
    usage = {"input_tokens": 21, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "bare", "content": [], "usage": usage}
    block = {"type": "text", "text": ""} if aloud else {"type": "thinking", "thinking": "", "signature": ""}
    started = _event(type="message_start", message=message)
    return started + _event(type="content_block_start", index=0, content_block=block)


def _block(text: str, *, aloud: bool, number: int) -> bytes:
    delta = {"type": "text_delta", "text": text} if aloud else {"type": "thinking_delta", "thinking": text}
    return _event(type="content_block_delta", index=0, delta=delta)


def _chunk(text: str, *, aloud: bool, number: int) -> bytes:
    choice = {"index": 0, "delta": {"content" if aloud else "reasoning_content": text}, "finish_reason": None}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "bare", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n".encode()


_PART = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
_MESSAGE = {"id": "msg_1", "type": "message", "status": "in_progress", "role": "assistant", "content": []}
_RESPONSE = {
    "id": "resp_1", "object": "response", "created_at": 1, "status": "in_progress", "model": "bare", "output": [], "tools": [],
    "tool_choice": "auto", "parallel_tool_calls": True, "error": None, "incomplete_details": None, "instructions": None,
    "metadata": {}, "temperature": 1.0, "top_p": 1.0, "usage": None, "store": True,
}  # fmt: skip
_AT = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
_BEGUN = 3  # events before the first words


def _begun() -> bytes:
    created = _event(type="response.created", sequence_number=0, response=_RESPONSE)
    added = _event(type="response.output_item.added", sequence_number=1, output_index=0, item=_MESSAGE)
    return created + added + _event(type="response.content_part.added", sequence_number=2, **_AT, part=_PART)


def _words(text: str, *, aloud: bool, number: int) -> bytes:
    place = {"sequence_number": _BEGUN + number, **_AT}
    return _event(type="response.output_text.delta", **place, delta=text, logprobs=[])


_SAYS = {"/v1/chat/completions": _chunk, "/v1/messages": _block, "/v1/responses": _words}
