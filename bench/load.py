"""A closed-loop load client in a process of its own: each connection sends its next request when its last answer is complete.

`python -m bench.load` reads one `Load` per line as JSON and writes one `Outcome` per line. Each request's body carries a number no
other has, so that no cache can answer it, unless it is asked to repeat one; each answer is checked for its status and for being complete.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time

import httptools
import msgspec

from bench.upstream import PIECES

UNIQUE = b"0000000000"
EVENT = b"data: "
PLAIN_MARKS = (b'"finish_reason"', b'"usage"', b"forty-two")
PATIENCE_S = 60.0


class Load(msgspec.Struct, kw_only=True, frozen=True):
    """One round: who is asked, what, by how many connections, for how long."""

    host: str = "127.0.0.1"
    port: int
    path: str
    model: str
    body_bytes: int
    stream: bool
    concurrency: int
    seconds: float
    headers: list[tuple[str, str]] = []
    keys: list[str] = []
    first_number: int = 0
    repeated: bool = False  # every body carries the first number
    pause_ms: float = 0.0  # of a connection between an answer and its next request


class Outcome(msgspec.Struct, kw_only=True, frozen=True):
    """What a round saw; times in milliseconds. `first` is the time to the first byte of the body."""

    requests: int
    errors: list[str]
    seconds: float
    p50_ms: float
    p99_ms: float
    first_p50_ms: float
    first_p99_ms: float


def chat_body(model: str, body_bytes: int, *, stream: bool) -> tuple[bytes, bytes]:
    """A chat request of `body_bytes` bytes, in two halves: the request's own number goes between them."""
    turn = "Please read this and tell what follows from it. "
    value: dict[str, object] = {"model": model, "messages": [{"role": "system", "content": "Answer in one sentence."}]}
    messages = value["messages"]
    assert isinstance(messages, list)
    messages.append({"role": "user", "content": f"Question {UNIQUE.decode()}: "})
    value |= {"temperature": 0.2, "max_tokens": 256}
    if stream:
        value |= {"stream": True, "stream_options": {"include_usage": True}}
    room = body_bytes - len(msgspec.json.encode(value))
    while room > 6000:
        messages.insert(1, {"role": "user", "content": (turn * 120)[:4900]})
        messages.insert(2, {"role": "assistant", "content": "Understood."})
        room = body_bytes - len(msgspec.json.encode(value))
    messages[-1]["content"] += (turn * 130)[: max(0, room)]
    before, _, after = msgspec.json.encode(value).partition(UNIQUE)
    return before, after


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile; 0 without values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Round:
    """What the connections of one round share."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.before, self.after = chat_body(load.model, load.body_bytes, stream=load.stream)
        length = len(self.before) + len(UNIQUE) + len(self.after)
        self.heads = itertools.cycle([request_head(load, key, length) for key in load.keys or [""]])
        self.numbers = itertools.repeat(load.first_number) if load.repeated else itertools.count(load.first_number)
        self.ends_at = time.perf_counter() + load.seconds
        self.whole: list[float] = []
        self.first: list[float] = []
        self.errors: list[str] = []

    def next_request(self) -> bytes | None:
        """The next request's bytes, none when the time is over."""
        if time.perf_counter() >= self.ends_at:
            return None
        return b"%b%b%010d%b" % (next(self.heads), self.before, next(self.numbers), self.after)


def request_head(load: Load, key: str, length: int) -> bytes:
    lines = [f"POST {load.path} HTTP/1.1", f"host: {load.host}:{load.port}", "content-type: application/json"]
    lines += [f"{name}: {value}" for name, value in load.headers]
    if key:
        lines.append(f"authorization: Bearer {key}")
    lines.append(f"content-length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Client(asyncio.Protocol):
    """One keep-alive connection, one request at a time."""

    def __init__(self, shared: Round) -> None:
        self.shared = shared
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.parser = httptools.HttpResponseParser(self)
        self.send()

    def send(self) -> None:
        request = self.shared.next_request()
        if request is None:
            self.finish()
            return
        self.waiting = True
        self.first_at = 0.0
        self.body: list[bytes] = []
        self.sent_at = time.perf_counter()
        self.transport.write(request)

    def finish(self) -> None:
        if not self.over.done():
            self.over.set_result(None)
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError as error:
            self.fail(f"malformed answer: {error}")

    def on_body(self, body: bytes) -> None:
        if not self.first_at:
            self.first_at = time.perf_counter()
        self.body.append(body)

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        self.waiting = False
        fault = fault_of(self.parser.get_status_code(), b"".join(self.body), stream=self.shared.load.stream)
        if fault:
            self.shared.errors.append(fault)
        else:
            self.shared.whole.append((now - self.sent_at) * 1000)
            self.shared.first.append((self.first_at - self.sent_at) * 1000)
        if not self.parser.should_keep_alive():
            self.fail("the server closed a keep-alive connection after an answer")
        elif self.shared.load.pause_ms:
            asyncio.get_running_loop().call_later(self.shared.load.pause_ms / 1000, self.send)
        else:
            self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.waiting:
            self.fail(f"connection lost before the answer was complete: {exc}")
        elif not self.over.done():
            self.fail("connection lost between requests")

    def fail(self, why: str) -> None:
        self.waiting = False
        self.shared.errors.append(why)
        self.finish()


def fault_of(status: int, body: bytes, *, stream: bool) -> str | None:
    """Why an answer does not count, or none: wrong status, a lost part, a stream without its terminal event."""
    if status != 200:
        return f"status {status}: {body[:300]!r}"
    if not stream:
        missing = [mark.decode() for mark in PLAIN_MARKS if mark not in body]
        return f"incomplete answer, lacks {missing}: {body[:300]!r}" if missing else None
    if b"data: [DONE]" not in body[-200:]:
        return f"stream without its terminal event: {body[-200:]!r}"
    events = body.count(EVENT)
    return None if events >= PIECES else f"stream of {events} events instead of at least {PIECES}"


async def run(load: Load) -> Outcome:
    """One round: open the connections, let each send until the time is over, and wait for the last answers."""
    loop = asyncio.get_running_loop()
    shared = Round(load)
    started = time.perf_counter()
    clients: list[Client] = []
    for _ in range(load.concurrency):
        _, client = await loop.create_connection(lambda: Client(shared), load.host, load.port)
        clients.append(client)
    _, late = await asyncio.wait([client.over for client in clients], timeout=load.seconds + PATIENCE_S)
    if late:
        shared.errors.append(f"{len(late)} answers still missing {PATIENCE_S:.0f} s after the round's end")
        for client in clients:
            client.waiting = False
            client.finish()
    return Outcome(
        requests=len(shared.whole),
        errors=[*shared.errors[:5], f"... {len(shared.errors)} errors in all"] if shared.errors else [],
        seconds=time.perf_counter() - started,
        p50_ms=percentile(shared.whole, 0.5),
        p99_ms=percentile(shared.whole, 0.99),
        first_p50_ms=percentile(shared.first, 0.5),
        first_p99_ms=percentile(shared.first, 0.99),
    )


def main() -> None:
    """Answer each line of standard input; kept alive between rounds so that starting costs nothing in one."""
    for line in sys.stdin.buffer:
        outcome = asyncio.run(run(msgspec.json.decode(line, type=Load)))
        sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
