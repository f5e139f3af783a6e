"""A lost connection is noticed without anybody waiting for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from asgi_calls import scope
from lanewise.server import unready
from lanewise.server.asgi import Headers, send_whole
from lanewise.server.connection import connection_of, whole_body
from lanewise.server.listening import Listeners
from lanewise.server.process import Bind, GatewayServer
from patience import PATIENCE_S

REQUEST = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"


class Site:
    """Answers every request, and asks to be told when its connection is lost."""

    def __init__(self) -> None:
        self.asked = asyncio.Queue[Callable[[], None]]()
        self.lost = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection_of(scope).when_lost.add(self.lost.set)
        await self.asked.put(lambda: connection_of(scope).when_lost.discard(self.lost.set))
        await send_whole(send, 200, b"{}")


class Answers:
    """Answers at once where it can, and notes whether it could."""

    def __init__(self, *headers: tuple[bytes, bytes]) -> None:
        self.headers = headers
        self.at_once: list[bool] = []
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.go.wait()

        def at_once(status: int, headers: Headers, body: bytes) -> bool:
            self.at_once.append(connection_of(scope).write_whole(scope, status, headers, body))
            return self.at_once[-1]

        await send_whole(send, 201, scope["path"].encode(), self.headers, at_once=at_once)


def asks(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "host: localhost", *headers, "", ""]).encode()


async def read_answer(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return status, headers, await reader.readexactly(int(headers["content-length"]))


@asynccontextmanager
async def listening(site: ASGIApp) -> AsyncIterator[GatewayServer]:
    server = GatewayServer(site, Bind(port=0), Listeners(), drain_s=0.0)
    task = asyncio.create_task(server.serve())
    await server.ready.wait()
    try:
        yield server
    finally:
        server.stop()
        server.stop()
        await task


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def break_off(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


@pytest.mark.parametrize("leave", [hang_up, break_off])
async def test_who_asked_is_told_when_the_caller_is_gone(
    leave: Callable[[asyncio.StreamWriter], Awaitable[None]],
) -> None:
    site = Site()
    async with listening(site) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(REQUEST)
        await reader.readuntil(b"{}")
        assert not site.lost.is_set()

        await leave(writer)
        async with asyncio.timeout(PATIENCE_S):
            await site.lost.wait()


async def test_who_is_done_before_is_not_told() -> None:
    site = Site()
    async with listening(site) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(REQUEST)
        done = await site.asked.get()
        await reader.readuntil(b"{}")
        done()

        writer.write(b"no HTTP at all\r\n\r\n")  # which the server answers by hanging up
        await reader.read()
        writer.close()
        assert not site.lost.is_set()


def test_under_another_server_it_is_said_at_once() -> None:
    with pytest.raises(KeyError, match=r"lanewise\.connection"):
        connection_of(scope())


async def test_an_answer_written_at_once_is_http_and_the_connection_goes_on() -> None:
    site = Answers((b"x-lanewise-run", b"run_1"))
    async with listening(site) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for path in ("/a", "/b"):
            writer.write(asks(path))
            status, headers, body = await read_answer(reader)
            assert (status, body) == ("HTTP/1.1 201 Created", path.encode())
            assert headers["x-lanewise-run"] == "run_1"
            assert headers.keys() == {"date", "content-type", "content-length", "x-lanewise-run"}
        writer.close()
    assert site.at_once == [True, True]


async def test_a_caller_who_asks_for_the_end_of_the_connection_gets_it() -> None:
    site = Answers()
    async with listening(site) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(asks("/a", "connection: close"))
        _, headers, body = await read_answer(reader)
        assert (headers["connection"], body, await reader.read()) == ("close", b"/a", b"")
        writer.close()
    assert site.at_once == [True]


async def test_requests_sent_in_a_row_are_answered_in_their_order() -> None:
    site = Answers()
    site.go.clear()
    async with listening(site) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(asks("/a") + asks("/b") + asks("/c"))
        await asyncio.sleep(0)
        site.go.set()
        assert [(await read_answer(reader))[2] for _ in range(3)] == [b"/a", b"/b", b"/c"]
        writer.close()
    assert site.at_once == [False, False, True], "ASGI's way, while others wait behind"


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\0b"])
async def test_a_header_cannot_smuggle_in_another(value: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with listening(Answers((b"x-lanewise-lane", value))) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(asks("/a"))
        status, headers, _ = await read_answer(reader)
        assert status.startswith("HTTP/1.1 500")
        assert "set-cookie" not in headers
        writer.close()
    assert "A header of an answer must be one line" in caplog.text


class Pieces:
    """Answers in two pieces, without saying how long it will be."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        for piece, more in ((b"one, ", True), (b"two", True), (b"", False)):
            await send({"type": "http.response.body", "body": piece, "more_body": more})


@pytest.mark.parametrize(
    ("version", "framing", "body"),
    [("1.0", "connection: close", b"one, two"), ("1.1", "transfer-encoding: chunked", b"5\r\none, \r\n3\r\ntwo\r\n0")],
)
async def test_an_answer_of_unknown_length_is_told_as_the_caller_s_version_of_http_has_it(
    version: str, framing: str, body: bytes
) -> None:
    async with listening(Pieces()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(asks("/a", "connection: close").replace(b"HTTP/1.1", f"HTTP/{version}".encode()))
        head, _, told = (await reader.read()).partition(b"\r\n\r\n")
        assert framing in head.decode()
        assert b"transfer-encoding" not in head or version == "1.1"
        assert told.strip() == body
        writer.close()


async def test_an_old_caller_gets_a_whole_answer_as_anybody_does() -> None:
    async with listening(Answers()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /a HTTP/1.0\r\n\r\n")
        head, _, told = (await reader.read()).partition(b"\r\n\r\n")
        assert (b"content-length: 2" in head, told) == (True, b"/a")
        writer.close()


class Echo:
    """Answers with what it was sent, read after all of it has come or as it comes, and notes whether it had it as one."""

    def __init__(self) -> None:
        self.read = asyncio.Event()
        self.as_one: list[bool] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.read.wait()
        whole = whole_body(scope)
        self.as_one.append(whole is not None)
        blocks, more = ([], True) if whole is None else ([whole], False)
        while more:
            message = await receive()
            assert isinstance(message["body"], bytes)
            blocks.append(message["body"])
            more = message["more_body"]
        await send_whole(send, 200, b"".join(blocks))


def in_chunks(body: bytes, of_bytes: int) -> bytes:
    pieces = [body[at : at + of_bytes] for at in range(0, len(body), of_bytes)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize("read_late", [False, True])
@pytest.mark.parametrize("body", [b"", b"{}", bytes(range(256)) * 4_000], ids=["none", "small", "1 MB"])
@pytest.mark.parametrize("chunk_bytes", [None, 7, 100_000])
async def test_a_body_is_handed_on_whole_however_it_comes(
    body: bytes, chunk_bytes: int | None, *, read_late: bool
) -> None:
    echo = Echo()
    if not read_late:
        echo.read.set()
    async with listening(echo) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        length = f"content-length: {len(body)}" if chunk_bytes is None else "transfer-encoding: chunked"
        for _ in range(2):
            writer.write(asks("/a", length) + (body if chunk_bytes is None else in_chunks(body, chunk_bytes)))
            await asyncio.sleep(0.01)
            echo.read.set()
            assert (await read_answer(reader))[2] == body
        writer.close()
    if read_late:
        assert echo.as_one[0] == (len(body) < 1_000), (
            "a body that is here can be taken at once, and one that is held up cannot"
        )


async def refused(sent: bytes, *, site: ASGIApp | None = None) -> tuple[str, str]:
    """The status line and the message of what is said to these bytes, after which the connection ends."""
    async with listening(site or Answers()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(sent)
        async with asyncio.timeout(PATIENCE_S):
            status, headers, body = await read_answer(reader)
            assert await reader.read() == b""
        writer.close()
    told = msgspec.json.decode(body)
    assert (headers["content-type"], headers["connection"]) == ("application/json", "close")
    assert (told["type"], told["error"]["type"]) == ("error", "invalid_request_error")
    return status, told["error"]["message"]


@pytest.mark.parametrize(
    ("sent", "status", "says"),
    [
        (b"no HTTP at all\r\n\r\n", "400 Bad Request", "This is no HTTP request"),
        (b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", "400 Bad Request", "no HTTP request"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", "414 ", "address of a request may have 65,535 bytes"),
        (b"GET / HTTP/1.1\r\nx: " + b"a" * 3_000_000, "431 ", "head of a request may have 65,536 bytes"),
        (b"GET / HTTP/1.1\r\n" + b"x: a\r\n" * 200_000, "431 ", "head of a request may have 65,536 bytes"),
    ],
)
async def test_what_is_no_request_is_told_so_as_json_and_not_held(sent: bytes, status: str, says: str) -> None:
    line, message = await refused(sent)
    assert line.startswith(f"HTTP/1.1 {status}")
    assert says in message


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\nhost:", b"POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\n{"])
async def test_the_rest_of_a_request_is_waited_for_so_long_and_no_longer(
    sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unready, "HEAD_S", 0.05)
    monkeypatch.setattr(unready, "BODY_S", 0.05)
    echo = Echo()
    echo.read.set()
    line, message = await refused(sent, site=echo)
    assert (line, message) == ("HTTP/1.1 408 Request Timeout", "The rest of the request did not come in time")


async def test_a_connection_that_was_opened_ahead_of_need_is_closed_without_a_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unready, "HEAD_S", 0.05)
    async with listening(Answers()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        async with asyncio.timeout(PATIENCE_S):
            assert await reader.read() == b""
        writer.close()


async def test_an_answer_under_way_is_not_cut_off_by_what_is_missing_of_the_next_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unready, "HEAD_S", 0.02)
    monkeypatch.setattr(unready, "BODY_S", 0.02)
    site = Answers()
    site.go.clear()
    async with listening(site) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(asks("/a") + b"POST /b HTTP/1.1\r\ncontent-length: 9\r\n\r\n{")
        await asyncio.sleep(0.2)
        site.go.set()
        assert (await read_answer(reader))[2] == b"/a"
        writer.close()


async def test_a_request_that_ends_where_the_next_one_begins_is_not_taken_for_its_head() -> None:
    echo = Echo()
    echo.read.set()
    body = b"a" * 200_000
    async with listening(echo) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(asks("/a", f"content-length: {len(body)}") + body + b"GET /b HT")
        assert (await read_answer(reader))[2] == body
        writer.write(b"TP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n")
        assert (await read_answer(reader))[2] == b""
        writer.close()


async def test_a_body_that_comes_in_pieces_is_waited_for_from_its_last_piece_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unready, "BODY_S", PATIENCE_S)
    echo = Echo()
    echo.read.set()
    async with listening(echo) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(asks("/a", "content-length: 3"))
        for piece in (b"a", b"b", b"c"):
            writer.write(piece)
            await asyncio.sleep(0.01)
        assert (await read_answer(reader))[2] == b"abc"
        writer.write(asks("/a", "content-length: 0"))
        assert (await read_answer(reader))[2] == b""
        writer.close()
