"""What a messages request asks for, read once and only as far as Lanewise needs it. The body itself is sent on."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from lanewise import core
from lanewise.core.errors import HeldElsewhere
from lanewise.core.request import AUTO, Dialect, Request
from lanewise.wire.anthropic.body import COMPLAINTS, Block, Body, Message, ToolBound, ToolType, read_body
from lanewise.wire.anthropic.usage import rate_of
from lanewise.wire.excerpts import MOST_OF_EACH, last_text, opening
from lanewise.wire.limits import own_cap
from lanewise.wire.own_keys import hints_of
from lanewise.wire.splice import members
from lanewise.wire.thinking import level_of_budget

_BLOCKS = msgspec.json.Decoder(list[Block])
_BOUND = msgspec.json.Decoder(ToolBound)
_TOOL = msgspec.json.Decoder(ToolType)
_MARKER = b'"cache_control"'
_USUAL_EFFORT = "high"  # what `adaptive` means to the vendor where nobody says how hard
#: Kinds of tools that the caller's own program runs; all others are at work at the vendor's.
CLIENT_TOOLS = ("custom", "bash_", "text_editor_", "computer_", "memory_")


def read_request(body: bytes) -> Request:
    """What the body asks for. Raises InvalidRequest, naming the parameter and what to write."""
    asked = read_body(body)
    if asked.thread is not None:
        raise HeldElsewhere(
            "`thread`: a conversation is not held by a vendor here, since another one may have to go on with it; leave it away "
            "and send all messages (the SDK's own threads then do so by themselves)",
            param="thread",
        )
    if not asked.messages:
        raise COMPLAINTS.refusal("messages", "it is empty")
    read = _read(asked)
    tools = _tools(asked)
    # 0 is a word of its own here: the prompt is to be cached, and nothing to be answered.
    cap, ignored = (0, ()) if asked.max_tokens == 0 else own_cap("max_tokens", asked.max_tokens)
    return core.request.Request(
        dialect=Dialect.ANTHROPIC_MESSAGES,
        body=body,
        members=members(body),
        model=asked.model or AUTO,
        stream=bool(asked.stream),
        hints=hints_of(asked.lanewise, bytes(asked.metadata)),
        max_output_tokens=cap,
        effort=_effort(asked),
        thinking_budget_tokens=_budget(asked),
        shows_thinking=_shows_thinking(asked),
        rate=rate_of(asked.service_tier, asked.speed),
        has_tools=tools.any,
        vendor_tools=tools.of_vendor,
        vendor_tool_uses=_most_uses(asked) if tools.of_vendor else None,
        has_images=read.images > 0,
        image_count=read.images,
        has_files=read.files,
        has_cache_markers=read.marked or tools.marked or asked.cache_control is not None,
        response_format=_response_format(asked),
        input_chars=read.chars,
        last_user_text=last_text(_last_of_user(asked.messages)),
        opening=opening(_begin(asked.system), _first_of_user(asked.messages)),
        continues=any(message.role == "assistant" for message in asked.messages),
        ignored=ignored,
    )


_WORDS = re.compile(rb'"type"\s*:\s*"(?:text|content)"')  # a document whose words stand in the body


class _Read:
    """Characters of text, images, files and cache markers."""

    __slots__ = ("chars", "files", "images", "marked")

    def __init__(self) -> None:
        self.chars = 0
        self.images = 0
        self.files = False
        self.marked = False

    def add(self, content: str | list[Block] | None) -> None:
        """Count one content, the results of tools included."""
        if isinstance(content, str):
            self.chars += len(content)
            return
        for block in content or ():
            if block.cache_control is not None:
                self.marked = True
            if block.type == "image":
                self.images += 1
            elif block.type == "container_upload" or (block.type == "document" and not _WORDS.search(block.source)):
                self.files = True
            elif isinstance(block.text, str):
                self.chars += len(block.text)
            if block.type == "tool_result":
                self.add(blocks_of(block.content))


def blocks_of(content: msgspec.Raw) -> str | list[Block]:
    """What a tool's result holds; nothing where it is of a shape that is the vendor's business."""
    try:
        if bytes(memoryview(content)[:1]) == b'"':
            return msgspec.json.decode(content, type=str)
        return _BLOCKS.decode(content) if content else []
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []


def _read(asked: Body) -> _Read:
    read = _Read()
    read.add(asked.system)
    for message in asked.messages:
        read.add(message.content)
    return read


def _last_of_user(messages: list[Message]) -> str:
    """What the user said last; a message with nothing but results of tools is no word of the user."""
    for message in reversed(messages):
        if message.role == "user":
            text = _text(message.content)
            if text:
                return text
    return ""


def _first_of_user(messages: list[Message]) -> str:
    return next((_begin(message.content) for message in messages if message.role == "user"), "")


def _text(content: str | list[Block] | None) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(block.text for block in content or () if isinstance(block.text, str))


def _begin(content: str | list[Block] | None) -> str:
    if isinstance(content, str):
        return content[:MOST_OF_EACH]
    begin = ""
    for block in content or ():
        if isinstance(block.text, str):
            begin = f"{begin}\n{block.text[:MOST_OF_EACH]}" if begin else block.text[:MOST_OF_EACH]
        if len(begin) >= MOST_OF_EACH:
            break
    return begin


def _effort(asked: Body) -> str | None:
    """How hard to think, as a level: the caller's word, else what its budget comes to."""
    thinking = asked.thinking
    if thinking is not None and thinking.type == "disabled":
        return "none"
    if asked.output_config is not None and asked.output_config.effort is not None:
        return asked.output_config.effort
    if thinking is None:
        return None
    if thinking.type == "between_tools":  # the least that some models can be brought to
        return "low"
    return _USUAL_EFFORT if thinking.budget_tokens is None else level_of_budget(thinking.budget_tokens)


def _budget(asked: Body) -> int | None:
    thinking = asked.thinking
    return thinking.budget_tokens if thinking is not None and thinking.type == "enabled" else None


def _shows_thinking(asked: Body) -> bool:
    """Whether Anthropic would show thinking. Clients that did not ask for it take the first block for the answer."""
    thinking = asked.thinking
    return thinking is not None and thinking.type in {"enabled", "adaptive"} and thinking.display != "omitted"


class _Tools(NamedTuple):
    any: bool
    of_vendor: bool  # some are run by the vendor itself
    marked: bool  # for the vendor's cache


def _tools(asked: Body) -> _Tools:
    texts = list(map(bytes, asked.tools or ()))
    return _Tools(
        any=bool(texts or asked.mcp_servers),
        of_vendor=bool(asked.mcp_servers) or not all(map(_is_client_tool, texts)),
        marked=_MARKER in b"".join(texts),
    )


def _most_uses(asked: Body) -> int | None:
    """How often the vendor's tools may be used all together; None where one of them has no bound."""
    uses = 0
    for tool in map(bytes, asked.tools or ()):
        if _is_client_tool(tool):
            continue
        try:
            uses += _BOUND.decode(tool).max_uses
        except msgspec.DecodeError:
            return None
    return None if asked.mcp_servers else uses


def _is_client_tool(tool: bytes) -> bool:
    if b'"type"' not in tool:
        return True
    try:
        kind = _TOOL.decode(tool).type
    except msgspec.ValidationError:
        return True  # no tool at all: the vendor will say so
    return kind is None or kind.startswith(CLIENT_TOOLS)


def _response_format(asked: Body) -> str | None:
    format_ = asked.output_format if asked.output_config is None else asked.output_config.format or asked.output_format
    return "json_schema" if format_ is not None and format_.type == "json_schema" else None
