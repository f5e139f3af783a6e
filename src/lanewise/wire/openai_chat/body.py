"""The body of a chat completion request, scanned once: its values as far as Lanewise needs them, and where its members stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from lanewise.core.errors import InvalidRequest
from lanewise.wire.complaints import Complaints, refuse_no_text
from lanewise.wire.own_keys import OwnKeys
from lanewise.wire.splice import SPACE, STRING, Member, members

# What to write, by the parameter's first name.
_REMEDIES = {
    "model": 'write a string such as "gpt-5.4-mini" or "lane:standard"',
    "messages": 'write a list such as [{"role": "user", "content": "Hello"}]',
    "stream": "write true or false",
    "stream_options": 'write {"include_usage": true} or leave it out',
    "max_tokens": "write a whole number",
    "max_completion_tokens": "write a whole number",
    "n": "write a whole number",
    "tools": "write a list of tools",
    "functions": "write a list of functions",
    "response_format": 'write an object such as {"type": "json_object"}',
    "reasoning_effort": 'write a level such as "low", "medium" or "high"',
}
COMPLAINTS = Complaints(_REMEDIES)


class Part(msgspec.Struct, gc=False):
    """A part of a message."""

    type: str = ""
    text: Any = None
    cache_control: Any = None


class Message(msgspec.Struct, gc=False):
    """A message, as far as anybody here looks into it."""

    role: str
    content: str | list[Part | str] | None = None
    cache_control: Any = None


class StreamOptions(msgspec.Struct, gc=False):
    """What a stream is to tell beside the answer."""

    include_usage: bool | None = None


class ResponseFormat(msgspec.Struct, gc=False):
    """In which form the answer is wanted."""

    type: str = ""


class ToolType(msgspec.Struct, gc=False):
    """What kind of tool one is."""

    type: Any = None


class Body(msgspec.Struct, gc=False):
    """What a request says, as far as anybody here looks into it."""

    messages: list[Message]
    model: str | None = None
    stream: bool | None = None
    service_tier: Any = None
    stream_options: StreamOptions | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n: int | None = None
    tools: list[msgspec.Raw] | None = None
    functions: list[msgspec.Raw] | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: str | None = None
    reasoning: Any = None
    lanewise: OwnKeys | None = None
    metadata: msgspec.Raw = msgspec.Raw()
    cache_control: Any = None
    web_search_options: Any = None


_BODY = msgspec.json.Decoder(Body)
_MESSAGES = msgspec.json.Decoder(list[Message])

_LONG_BYTES = 16 * 1024  # from here on a second scan costs more than what saves it
_PLAIN_MEMBER = STRING + SPACE + rb":" + SPACE + rb"(?:" + STRING + rb"|[^\s\[{,}\]\"]++)" + SPACE + rb"," + SPACE
_BEFORE_MESSAGES = re.compile(
    SPACE + rb"\{" + SPACE + rb"(?:" + _PLAIN_MEMBER + rb")*+" + rb'"messages"' + SPACE + rb":" + SPACE + rb"(?=\[)"
)
_END_OF_MESSAGE = (b'"}', b"]}", b"null}")  # text, parts or tool calls, or neither
_MOST_GUESSES = 8
_MOST_TOOLS_BYTES = 64 * 1024  # that are looked through for their beginning


def read_body(body: bytes) -> tuple[Body, dict[str, Member]]:
    """The body's values, and where its members stand. Raises InvalidRequest, naming the parameter and what to write."""
    if len(body) >= _LONG_BYTES:
        read = _read_around_messages(body)
        if read is not None:
            return read
    refuse_no_text(body)
    asked = COMPLAINTS.read(_BODY, body)
    return asked, members(body)


def _read_around_messages(body: bytes) -> tuple[Body, dict[str, Member]] | None:
    """The same with one scan of the messages instead of two; None where they do not stand as usual, or anything is wrong.

    Where the messages end is guessed from the end of the body. A guess needs no luck to be safe: if an array stands there, and the body
    is a JSON object with an empty one in its place, then it is one with this array too, and its members stand where they stand around it.
    """
    head = _BEFORE_MESSAGES.match(body)
    if head is None:
        return None
    start = head.end()
    for end in _ends_of_messages(body, start):
        rest = b"".join((body[:start], b"[]", body[end:]))
        try:
            asked = _BODY.decode(rest)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        try:
            found = members(rest)
            asked.messages = _MESSAGES.decode(memoryview(body)[start:end])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidRequest):
            return None
        return asked, _moved(found, start, end - start - len(b"[]"))
    return None


def _ends_of_messages(body: bytes, start: int) -> Iterator[int]:
    """Where the messages may end, last first: after a `]` that closes an array of what looks like messages."""
    at = len(body)
    for _ in range(_MOST_GUESSES):
        at = body.rfind(b"]", start, at)
        if at < 0:
            return
        before = b"".join(body[max(start, at - 64) : at].split())
        if before.endswith(_END_OF_MESSAGE):
            yield at + 1
        elif before.endswith(b"}}"):  # tools, whose schemas are full of arrays
            tools = body.rfind(b'"tools"', max(start, at - _MOST_TOOLS_BYTES), at)
            at = at if tools < 0 else tools


def _moved(found: dict[str, Member], start: int, by: int) -> dict[str, Member]:
    """The places with the array at `start` longer by so many bytes."""
    return {
        key: (
            before if before <= start else before + by,
            at if at <= start else at + by,
            end + by if at >= start else end,
        )
        for key, (before, at, end) in found.items()
    }
