"""What a chat completion request asks for, read once and only as far as Lanewise needs it. The body itself is sent on."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from lanewise import core
from lanewise.core.request import AUTO, Dialect, Request
from lanewise.wire.excerpts import MOST_OF_EACH, last_text
from lanewise.wire.limits import own_cap
from lanewise.wire.openai_chat.body import COMPLAINTS, Body, Message, Part, ResponseFormat, ToolType, read_body
from lanewise.wire.own_keys import hints_of
from lanewise.wire.rates import rate_in

_SYSTEM = frozenset({"system", "developer"})
_FILE_PARTS = frozenset({"file", "input_file", "input_audio", "video_url"})
_IMAGE_PARTS = frozenset({"image_url", "input_image", "image"})
_TOOL = msgspec.json.Decoder(ToolType)
_PLAIN_TOOL = (b'{"type":"function"', b'{"type": "function"')
_CLIENT_TOOLS = (None, "function", "custom")  # the caller's program runs them, and decides when


def read_request(body: bytes) -> Request:
    """What the body asks for. Raises InvalidRequest, naming the parameter and what to write."""
    asked, members = read_body(body)
    if not asked.messages:
        raise COMPLAINTS.refusal("messages", "it is empty")
    read = _conversation(asked.messages)
    options, tools = asked.stream_options, _tools(asked)
    cap, ignored = _cap(asked)
    return core.request.Request(
        dialect=Dialect.OPENAI_CHAT,
        body=body,
        members=members,
        model=asked.model or AUTO,
        stream=bool(asked.stream),
        hints=hints_of(asked.lanewise, bytes(asked.metadata)),
        max_output_tokens=cap,
        effort=asked.reasoning_effort or _effort_of(asked.reasoning),
        include_usage=options is not None and bool(options.include_usage),
        rate=rate_in(asked.service_tier),
        has_tools=tools.any,
        vendor_tools=tools.of_vendor,
        has_images=read.images > 0,
        image_count=read.images,
        has_files=read.files,
        has_cache_markers=read.marked or tools.marked or asked.cache_control is not None,
        choices=max(asked.n or 1, 1),
        response_format=_response_format(asked.response_format),
        input_chars=read.chars,
        last_user_text=_bounded(read.last),
        opening=_opening(asked.messages),
        continues=read.continues,
        ignored=ignored,
    )


def _cap(asked: Body) -> tuple[int | None, tuple[str, ...]]:
    """The lesser of the two ways to say it, and what is to be told of them."""
    one, ignored = own_cap("max_tokens", asked.max_tokens)
    other, more = own_cap("max_completion_tokens", asked.max_completion_tokens)
    return one if other is None else other if one is None else min(one, other), ignored + more


class _Read:
    """Characters of text, images, cache markers, what the user said last, and whether anybody answered before."""

    __slots__ = ("chars", "continues", "files", "images", "last", "marked")

    def __init__(self) -> None:
        self.chars = 0
        self.images = 0
        self.files = False
        self.marked = False
        self.last: str | list[Part | str] | None = None
        self.continues = False


def _conversation(messages: list[Message]) -> _Read:
    read, chars = _Read(), 0
    for message in messages:
        content = message.content
        if content.__class__ is str:
            chars += len(content)
        elif content:
            for part in content:
                _add(read, part)
        if message.cache_control is not None:
            read.marked = True
    read.chars += chars
    _look_back(read, messages)
    return read


def _add(read: _Read, part: Part | str) -> None:
    if isinstance(part, str):
        read.chars += len(part)
        return
    if part.type in _IMAGE_PARTS:
        read.images += 1
    elif part.type in _FILE_PARTS:
        read.files = True
    elif isinstance(part.text, str):
        read.chars += len(part.text)
    if part.cache_control is not None:
        read.marked = True


def _look_back(read: _Read, messages: list[Message]) -> None:
    """What the user said last, and whether there is an answer: both stand near the end, where there are any."""
    asked = False
    for message in reversed(messages):
        role = message.role
        if role == "user" and not asked:
            asked, read.last = True, message.content
        elif role == "assistant":
            read.continues = True
        if asked and read.continues:
            return


def _opening(messages: list[Message]) -> str:
    """How the conversation begins: the first system message, and the first one of the user."""
    system = ""
    for message in messages:
        role, content = message.role, message.content
        if role == "user":
            begin = content[:MOST_OF_EACH] if content.__class__ is str else _begin(content)
            return f"{system}\n{begin}"
        if not system and role in _SYSTEM:
            system = content[:MOST_OF_EACH] if content.__class__ is str else _begin(content)
    return system


def _begin(content: str | list[Part | str] | None) -> str:
    begin = ""
    for part in content or ():
        text = part if isinstance(part, str) else part.text
        if isinstance(text, str):
            begin = f"{begin}\n{text[:MOST_OF_EACH]}" if begin else text[:MOST_OF_EACH]
        if len(begin) >= MOST_OF_EACH:
            break
    return begin[:MOST_OF_EACH]


class _Tools(NamedTuple):
    any: bool
    of_vendor: bool  # some are run by the vendor itself
    marked: bool  # for a vendor's cache


_NO_TOOLS = _Tools(any=False, of_vendor=False, marked=False)


def _tools(asked: Body) -> _Tools:
    searches = asked.web_search_options is not None
    if not (asked.tools or asked.functions or searches):
        return _NO_TOOLS
    texts = list(map(bytes, asked.tools or ()))
    return _Tools(
        any=bool(texts or asked.functions),
        of_vendor=searches or not all(_is_client_tool(text) for text in texts if not text.startswith(_PLAIN_TOOL)),
        marked=b'"cache_control"' in b"".join(texts),
    )


def _is_client_tool(tool: bytes) -> bool:
    try:
        kind = _TOOL.decode(tool).type
    except msgspec.ValidationError:
        return True  # no tool at all: the vendor will say so
    return kind in _CLIENT_TOOLS


def _bounded(content: str | list[Part | str] | None) -> str:
    if content is None:
        return ""
    if not isinstance(content, str):
        texts = (part if isinstance(part, str) else part.text for part in content)
        content = "\n".join(text for text in texts if isinstance(text, str))
    return last_text(content)


def _effort_of(reasoning: object) -> str | None:
    """OpenRouter's and Vercel's way to say it: `reasoning: {"effort": "low"}`."""
    effort = reasoning.get("effort") if isinstance(reasoning, dict) else None
    return effort if isinstance(effort, str) else None


def _response_format(format_: ResponseFormat | None) -> str | None:
    if format_ is None or format_.type not in {"json_schema", "json_object"}:
        return None
    return format_.type
