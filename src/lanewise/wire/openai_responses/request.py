"""What a Responses request asks for, read once and only as far as Lanewise needs it. The body itself is sent on."""

from __future__ import annotations

import msgspec

from lanewise import core
from lanewise.core.request import AUTO, Dialect, Request
from lanewise.wire.limits import own_cap
from lanewise.wire.openai_responses.body import COMPLAINTS, Body, Item, read_body, texts_of
from lanewise.wire.own_keys import hints_of
from lanewise.wire.rates import rate_in

MAX_LAST_TEXT = 16 * 1024  # characters of the last user message that rules may look at
MAX_OPENING = 1024  # characters of how a conversation begins, half of them of its instructions
_MOST_OF_EACH = MAX_OPENING // 2 - 1

#: Tools that the caller's program runs, and decides when.
CLIENT_TOOLS = frozenset(
    {"function", "custom", "namespace", "local_shell", "apply_patch", "computer_use_preview", "computer"}
)
_IMAGE = ("input_image",)
_FILES = ("input_file", "input_audio")
_SYSTEM = frozenset({"system", "developer"})
_CALLS = frozenset({"function_call", "custom_tool_call"})
_FORMATS = frozenset({"json_schema", "json_object"})


class _Tool(msgspec.Struct, gc=False):
    type: str | None = None


_TOOL = msgspec.json.Decoder(_Tool)


def _bound(max_tool_calls: object) -> int | None:
    return max_tool_calls if type(max_tool_calls) is int and max_tool_calls >= 0 else None


def read_request(body: bytes) -> Request:
    """What the body asks for. Raises InvalidRequest, naming the parameter and what to write."""
    asked, members = read_body(body)
    if asked.background:
        raise COMPLAINTS.refusal("background", "answers in the background are not available")
    read = _Read(asked)
    cap, ignored = own_cap("max_output_tokens", asked.max_output_tokens)
    return core.request.Request(
        dialect=Dialect.OPENAI_RESPONSES,
        body=body,
        members=members,
        model=asked.model or AUTO,
        stream=bool(asked.stream),
        hints=hints_of(asked.lanewise, bytes(asked.metadata)),
        max_output_tokens=cap,
        effort=None if asked.reasoning is None else asked.reasoning.effort,
        include_usage=True,
        rate=rate_in(asked.service_tier),
        has_tools=bool(asked.tools) or read.more_tools,
        vendor_tool_uses=_bound(asked.max_tool_calls),
        vendor_tools=any(not _is_client_tool(tool) for tool in asked.tools or ()),
        has_images=read.images > 0,
        image_count=read.images,
        has_files=read.files,
        response_format=_response_format(asked),
        input_chars=read.chars,
        last_user_text=_bounded(read.last),
        opening=f"{read.system}\n{read.first}",
        continues=read.continues or bool(asked.previous_response_id or asked.conversation),
        ignored=ignored,
    )


class _Read:
    """Characters of text, images, what was said first and last, and whether anybody answered before."""

    __slots__ = ("chars", "continues", "files", "first", "images", "last", "more_tools", "system")

    def __init__(self, asked: Body) -> None:
        self.chars = self.images = 0
        self.continues = self.more_tools = self.files = False
        self.first = self.last = ""
        instructions = asked.instructions if isinstance(asked.instructions, str) else ""
        self.system = instructions[:_MOST_OF_EACH]
        self.chars = len(instructions)
        if isinstance(asked.input, str):
            self.chars += len(asked.input)
            self.first, self.last = asked.input[:_MOST_OF_EACH], asked.input
            return
        for item in asked.input or ():
            self._add(item)

    def _add(self, item: Item) -> None:
        kind, role = item.kind, item.role
        said = texts_of(item.content)
        self.chars += sum(map(len, said)) + sum(map(len, texts_of(item.output)))
        self.images += _count(item.content, _IMAGE) + _count(item.output, _IMAGE)
        self.files = self.files or _count(item.content, _FILES) + _count(item.output, _FILES) > 0
        if kind == "message":
            if role == "user":
                self.last = "\n".join(said)
                self.first = self.first or self.last[:_MOST_OF_EACH]
            elif role == "assistant":
                self.continues = True
            elif role in _SYSTEM and not self.system:
                self.system = "\n".join(said)[:_MOST_OF_EACH]
        elif kind in _CALLS:
            self.continues = True
            self.chars += len(item.arguments) if isinstance(item.arguments, str) else 0
        self.more_tools = self.more_tools or bool(item.tools)


def _count(content: object, types: tuple[str, ...]) -> int:
    """Parts of these types. A type may be anything: in a tuple it is compared, in a set it would have to be hashed."""
    parts = content if isinstance(content, list) else ()
    return sum(isinstance(part, dict) and part.get("type") in types for part in parts)


def _is_client_tool(tool: bytes) -> bool:
    try:
        kind = _TOOL.decode(tool).type
    except msgspec.ValidationError:
        return True  # no tool at all: the vendor will say so
    return kind is None or kind in CLIENT_TOOLS


def _bounded(text: str) -> str:
    """At most MAX_LAST_TEXT characters: what is asked stands at the beginning or the end, a pasted document in the middle."""
    if len(text) <= MAX_LAST_TEXT:
        return text
    half = MAX_LAST_TEXT // 2
    return f"{text[: half - 1]}\n{text[-half:]}"


def _response_format(asked: Body) -> str | None:
    format_ = None if asked.text is None else asked.text.format
    return format_.type if format_ is not None and format_.type in _FORMATS else None
