"""`python -m bench.translation`: CPU of the gateway per chunk of a stream, for callers and vendors of every dialect.

A gateway process in front of an upstream that streams in all four dialects, one token a piece. Long and short streams are asked for, and
what the longer ones take more is what their chunks take: head, routing and record are in both. The goal is for a chunk that is said in
another dialect: at most three times what it takes where both speak the caller's own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import httptools
import msgspec
import psutil
import yaml
from rich.console import Console
from rich.table import Table

from bench.running import Process, free_port
from bench.systems import fresh_folder

SHORT, LONG = 20, 220  # tokens
PACE_S = 0.001  # between tokens
GOAL = 3.0
WORDS = ["The", "quick", "answer", "is", "forty-two,", "and", "here", "is", "how", "it", "was", "found:"]
DIALECTS = ("openai", "openai_responses", "anthropic", "gemini")
_encode = msgspec.json.encode


def event(value: dict[str, object], name: str = "") -> bytes:
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + _encode(value) + b"\n\n"


def named(kind: str, **members: object) -> bytes:
    return event({"type": kind, **members}, kind)


def chat(tokens: list[str]) -> list[bytes]:
    common = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "bench"}

    def chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
        return event({**common, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    usage = {"prompt_tokens": 9, "completion_tokens": len(tokens), "total_tokens": 9 + len(tokens)}
    last = chunk({}, "stop") + event({**common, "choices": [], "usage": usage}) + b"data: [DONE]\n\n"
    return [chunk({"role": "assistant", "content": ""}), *(chunk({"content": token}) for token in tokens), last]


def messages(tokens: list[str]) -> list[bytes]:
    message: dict[str, object] = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "bench",
        "content": [],
        "stop_reason": None,
    }
    begin = named("message_start", message={**message, "usage": {"input_tokens": 9, "output_tokens": 1}})
    begin += named("content_block_start", index=0, content_block={"type": "text", "text": ""})
    last = named("content_block_stop", index=0)
    last += named("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": len(tokens)})
    said = (named("content_block_delta", index=0, delta={"type": "text_delta", "text": token}) for token in tokens)
    return [begin, *said, last + named("message_stop")]


def responses(tokens: list[str]) -> list[bytes]:
    part = {"type": "output_text", "text": "".join(tokens), "annotations": []}
    item = {"type": "message", "id": "i", "role": "assistant", "status": "completed", "content": [part]}
    whole = {"id": "r", "object": "response", "created_at": 1, "model": "bench", "status": "completed"}
    usage = {"input_tokens": 9, "output_tokens": len(tokens), "total_tokens": 9 + len(tokens)}
    at = {"item_id": "i", "output_index": 0, "content_index": 0}
    begin = named("response.created", response={**whole, "status": "in_progress", "output": []})
    begin += named("response.output_item.added", output_index=0, item={**item, "content": []})
    last = named("response.output_item.done", output_index=0, item=item)
    last += named("response.completed", response={**whole, "output": [item], "usage": usage})
    return [begin, *(named("response.output_text.delta", **at, delta=token) for token in tokens), last]


def gemini(tokens: list[str]) -> list[bytes]:
    def chunk(token: str, **more: object) -> bytes:
        candidate = {"content": {"parts": [{"text": token}], "role": "model"}, "index": 0, **more}
        usage = {"promptTokenCount": 9, "candidatesTokenCount": len(tokens), "totalTokenCount": 9 + len(tokens)}
        return event({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "bench", "responseId": "g"})

    return [*(chunk(token) for token in tokens), chunk("", finishReason="STOP")]


PATHS = {
    "/chat/completions": chat,
    "/responses": responses,
    "/messages": messages,
    ":streamGenerateContent": gemini,
}


def pieces(path: str, body: bytes) -> list[bytes]:
    """A stream for this path, as long as the model's name says."""
    length = LONG if b"bench-long" in body or "bench-long" in path else SHORT
    made = next(make for ending, make in PATHS.items() if ending in path)
    return made([f"{WORDS[place % len(WORDS)]} " for place in range(length)])


class Upstream(asyncio.Protocol):
    """One connection of the gateway; each piece is written alone, so that it is read alone."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.url, self.body = b"", b""

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        self.transport.write(head)
        self._send(pieces(self.url.decode(), self.body), 0)

    def _send(self, stream: list[bytes], place: int) -> None:
        if self.transport.is_closing():
            return
        if place == len(stream):
            self.transport.write(b"0\r\n\r\n")
            return
        self.transport.write(b"%x\r\n%s\r\n" % (len(stream[place]), stream[place]))
        asyncio.get_running_loop().call_later(PACE_S, self._send, stream, place + 1)


def settings(upstream: str, state: Path) -> str:
    """A gateway in front of it: one provider a dialect, two models each, every one asked by its name."""
    names = [f"{dialect}/bench-{length}" for dialect in DIALECTS for length in ("short", "long")]
    return yaml.safe_dump(
        {
            "providers": {each: {"dialect": each, "base_url": f"{upstream}/v1", "api_key": "k"} for each in DIALECTS},
            "lanes": {"all": {"deployments": names}},
            "routing": {"default": "all"},
            "models": {"*": "pin"},
            "prices": {name: {"input": "$1", "output": "$1"} for name in names},
            "store": str(state / "lanewise.db"),
        }
    )


def asked(caller: str, model: str) -> tuple[str, dict[str, object]]:
    """Path and body of a streamed question in the caller's dialect."""
    said = [{"role": "user", "content": "What is the answer?"}]
    if caller == "openai":
        return "/v1/chat/completions", {"model": model, "stream": True, "messages": said}
    if caller == "openai_responses":
        return "/v1/responses", {"model": model, "stream": True, "store": False, "input": said}
    if caller == "anthropic":
        return "/v1/messages", {"model": model, "stream": True, "max_tokens": 900, "messages": said}
    return f"/v1beta/models/{model}:streamGenerateContent?alt=sse", {"contents": [{"parts": [{"text": "The answer?"}]}]}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """CPU per chunk for one pair of dialects."""

    caller: str
    vendor: str
    us: float


async def cpu_s(
    http: aiohttp.ClientSession, url: str, gateway: psutil.Process, load: tuple[str, str, str, int]
) -> float:
    """The gateway's CPU for so many streams of one length, eight at a time."""
    caller, vendor, length, streams = load
    path, body = asked(caller, f"{vendor}/bench-{length}")
    room = asyncio.Semaphore(8)

    async def one() -> None:
        async with room, http.post(url + path, json=body) as response:
            raw = await response.read()
            assert response.status == 200, raw[:300]
            assert b"forty-two" in raw

    before = gateway.cpu_times()
    await asyncio.gather(*(one() for _ in range(streams)))
    after = gateway.cpu_times()
    return float(after.user + after.system - before.user - before.system)


async def measured(*, rounds: int, streams: int) -> list[Figure]:
    """Every pair, in turns: what a long stream takes more than a short one, per chunk, in the median round."""
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", 0, backlog=256)
    state, port = fresh_folder("translation"), free_port()
    config = state / "lanewise.yaml"
    config.write_text(settings(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", state))
    command = [
        str(Path(sys.executable).with_name("lanewise")),
        "serve",
        "--dev",
        "--config",
        str(config),
        "--port",
        str(port),
    ]
    url = f"http://127.0.0.1:{port}"
    with Process("translation", command, dict(os.environ)) as process:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as http:
            await _ready(http, url)
            gateway = psutil.Process(process.popen.pid)
            pairs = [(caller, vendor) for caller in DIALECTS for vendor in DIALECTS]
            found: dict[tuple[str, str], list[float]] = {pair: [] for pair in pairs}
            for number in range(rounds + 1):  # the first warms up
                for caller, vendor in pairs:
                    long_s = await cpu_s(http, url, gateway, (caller, vendor, "long", streams))
                    short_s = await cpu_s(http, url, gateway, (caller, vendor, "short", streams))
                    if number:
                        found[caller, vendor].append((long_s - short_s) / (streams * (LONG - SHORT)) * 1e6)
    server.close()
    return [Figure(caller=pair[0], vendor=pair[1], us=statistics.median(times)) for pair, times in found.items()]


async def _ready(http: aiohttp.ClientSession, url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            async with http.get(url + "/ready") as response:
                if response.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise RuntimeError("the gateway did not start; see .bench/logs/translation.log")


def table(figures: list[Figure]) -> Table:
    drawn = Table("caller", "vendor", "µs a chunk", "times its own dialect", title="CPU per chunk of a stream")
    for each in figures:
        drawn.add_row(each.caller, each.vendor, f"{each.us:.1f}", f"{ratio(each, figures):.2f}")
    return drawn


def ratio(figure: Figure, figures: list[Figure]) -> float:
    """What a chunk costs this caller beside one of its own dialect."""
    own = next(each for each in figures if (each.caller, each.vendor) == (figure.caller, figure.caller))
    return figure.us / own.us


def verdict(figures: list[Figure]) -> tuple[bool, str]:
    """Whether the dearest translation is cheap enough; in words too."""
    worst = max(figures, key=lambda each: ratio(each, figures))
    found = ratio(worst, figures)
    met = found <= GOAL
    return (
        met,
        f"{worst.vendor} said to {worst.caller}: {found:.2f} times its own dialect, goal at most {GOAL:.0f}: {'met' if met else 'MISSED'}",
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.translation", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: is everything in place?")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--streams", type=int, default=40, help="of each length in a round")
    given = parser.parse_args()
    rounds, streams = (1, 8) if given.quick else (given.rounds, given.streams)
    figures = asyncio.run(measured(rounds=rounds, streams=streams))
    console = Console(width=None if sys.stdout.isatty() else 100)
    console.print(table(figures))
    met, words = verdict(figures)
    console.print(words)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
