"""An upstream that is not the bottleneck: OpenAI chat answers from bytes made beforehand, on a raw asyncio protocol.

A stream is sent in `PIECES` separate pieces, one each `pace_ms`: a vendor's tokens arrive one by one, and pieces sent at once would
be read as one and hide the cost of a chunk. `GET /pace/8` sets the pace, `GET /served` tells how many chat requests were answered,
which shows a gateway that retried or answered from a cache.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

import httptools
import msgspec

PIECES = 50
TEXT = "The quick answer is forty-two, and here is how it was found: "
USAGE = {
    "prompt_tokens": 250,
    "completion_tokens": PIECES - 2,
    "total_tokens": 250 + PIECES - 2,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
}
COMMON = {"id": "chatcmpl-bench", "created": 1790000000, "model": "bench-small", "system_fingerprint": "fp_bench"}
DONE = b"data: [DONE]\n\n"


def plain_answer() -> bytes:
    """A whole non-stream answer, head included."""
    message: dict[str, object] = {"role": "assistant", "content": TEXT * 4, "refusal": None, "annotations": []}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return http_answer(
        msgspec.json.encode({**COMMON, "object": "chat.completion", "choices": [choice], "usage": USAGE})
    )


def http_answer(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def stream_pieces() -> list[bytes]:
    """A streamed answer as `PIECES` pieces: head and role, one token each, then finish reason, usage and `[DONE]`."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
    tokens = [event({"content": f"{word} "}) for word in (TEXT * 8).split()[: PIECES - 2]]
    last = event({}, finish="stop") + usage_event() + DONE
    return [head + chunk(event({"role": "assistant", "content": ""})), *map(chunk, tokens), chunk(last) + b"0\r\n\r\n"]


def event(delta: dict[str, str], *, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return sse({**COMMON, "object": "chat.completion.chunk", "choices": [choice], "usage": None})


def usage_event() -> bytes:
    return sse({**COMMON, "object": "chat.completion.chunk", "choices": [], "usage": USAGE})


def sse(value: dict[str, object]) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


class Shared:
    """What all connections share: the answers, the pace and the count."""

    def __init__(self) -> None:
        self.plain = plain_answer()
        self.pieces = stream_pieces()
        self.pace_s = 0.001
        self.served = 0


class Upstream(asyncio.Protocol):
    """One connection of a gateway."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    # Called by the parser, which owns these names.
    def on_message_begin(self) -> None:
        self.url = b""
        self.body: list[bytes] = []

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_body(self, body: bytes) -> None:
        self.body.append(body)

    def on_message_complete(self) -> None:
        if not self.url.endswith(b"/chat/completions"):
            self.control(self.url.decode())
            return
        self.shared.served += 1
        body = b"".join(self.body)
        if b'"stream":true' in body or b'"stream": true' in body:
            self.send_piece(0)
        else:
            self.transport.write(self.shared.plain)

    def control(self, path: str) -> None:
        if path.startswith("/pace/"):
            self.shared.pace_s = float(path.removeprefix("/pace/")) / 1000
        self.transport.write(http_answer(msgspec.json.encode({"served": self.shared.served})))

    def send_piece(self, index: int) -> None:
        if self.transport.is_closing():
            return
        self.transport.write(self.shared.pieces[index])
        if index + 1 < PIECES:
            self.loop.call_later(self.shared.pace_s, self.send_piece, index + 1)


async def serve(port: int) -> asyncio.Server:
    """Listen on loopback; port 0 takes a free one."""
    shared = Shared()
    return await asyncio.get_running_loop().create_server(lambda: Upstream(shared), "127.0.0.1", port, backlog=1024)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    server = await serve(parser.parse_args().port)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
