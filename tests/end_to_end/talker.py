"""A vendor of two dialects that talks on until its caller hangs up."""

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
        chat, aloud = exchange.request_line.startswith("POST /v1/chat"), self._aloud in exchange.body
        if not chat:
            await exchange.event(_opening(aloud=aloud))
        gone = asyncio.create_task(exchange.gone())
        for piece in self._pieces:
            await exchange.event(_chunk(piece, aloud=aloud) if chat else _block(piece, aloud=aloud))
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


def _block(text: str, *, aloud: bool) -> bytes:
    delta = {"type": "text_delta", "text": text} if aloud else {"type": "thinking_delta", "thinking": text}
    return _event(type="content_block_delta", index=0, delta=delta)


def _chunk(text: str, *, aloud: bool) -> bytes:
    choice = {"index": 0, "delta": {"content" if aloud else "reasoning_content": text}, "finish_reason": None}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "bare", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n".encode()
