"""The little of HTTP that the hot path writes itself must still be HTTP."""

from __future__ import annotations

from asgi_calls import Sent, scope
from lanewise.server.asgi import by_name, header, send_whole


def test_a_header_is_found_by_its_name_and_the_first_of_two_counts() -> None:
    of = scope(host="one", accept="x")
    of["headers"].append((b"host", b"two"))
    assert (header(of, b"host"), header(of, b"cookie")) == ("one", None)


def test_headers_are_looked_up_in_what_was_made_of_them_once() -> None:
    asked = scope(authorization="Bearer one")

    assert by_name(asked) is by_name(asked)
    assert by_name(asked) == {b"authorization": b"Bearer one"}


def test_bytes_that_are_no_utf_8_in_a_header_are_no_fault() -> None:
    of = scope()
    of["headers"].append((b"x-request-id", b"\xff\xfe"))
    assert header(of, b"x-request-id") == "\xff\xfe"


async def test_a_response_says_its_length_in_bytes_and_ends() -> None:
    sent = Sent()
    body = '{"said":"Grüße"}'.encode()
    await send_whole(sent, 201, body, [(b"x-lanewise-run", b"run_1")])

    assert (sent.status, sent.body, sent.whole) == (201, body, True)
    assert sent.headers == {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "x-lanewise-run": "run_1",
    }
