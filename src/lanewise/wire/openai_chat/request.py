"""What a chat completion request asks for, read once and only as far as Lanewise needs it. The body itself is sent on."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.request import NO_HINTS, Dialect, Hints, LatencyClass, Request, Risk
from lanewise.wire.openai_chat.body import Body, Message, Part, ResponseFormat, read_body, refusal

MAX_LAST_TEXT = 16 * 1024  # characters of the last user message that rules may look at

#: Names that callers may write into `metadata`, where an SDK has no room for a key of its own.
METADATA_HINTS = ("task", "user", "feature", "latency", "risk")

_IMAGE_PARTS = frozenset({"image_url", "input_image", "image"})
_HINT_TYPES: dict[str, msgspec.json.Decoder[Any]] = {
    "task": msgspec.json.Decoder(str),
    "user": msgspec.json.Decoder(str),
    "feature": msgspec.json.Decoder(str),
    "latency": msgspec.json.Decoder(LatencyClass),
    "risk": msgspec.json.Decoder(Risk),
}
_METADATA = msgspec.json.Decoder(dict[str, msgspec.Raw])


def read_request(body: bytes) -> Request:
    """What the body asks for. Raises InvalidRequest, naming the parameter and what to write."""
    asked, members = read_body(body)
    if not asked.messages:
        raise refusal("messages", "it is empty")
    read = _conversation(asked.messages)
    options = asked.stream_options
    return Request(
        dialect=Dialect.OPENAI_CHAT,
        body=body,
        members=members,
        model=asked.model,
        stream=bool(asked.stream),
        hints=_hints(asked),
        max_output_tokens=_least(asked.max_tokens, asked.max_completion_tokens),
        effort=asked.reasoning_effort or _effort_of(asked.reasoning),
        include_usage=options is not None and bool(options.include_usage),
        has_tools=bool(asked.tools or asked.functions),
        has_images=read.images > 0,
        image_count=read.images,
        has_cache_markers=read.marked or asked.cache_control is not None or _marks_tools(asked.tools),
        choices=asked.n or 1,
        response_format=_response_format(asked.response_format),
        input_chars=read.chars,
        last_user_text=_bounded(read.last),
    )


def metadata_hints(metadata: bytes) -> dict[str, str]:
    """The members of `metadata` that are hints for Lanewise. A value that Lanewise could not mean stays the caller's own metadata."""
    try:
        values = _METADATA.decode(metadata)
    except msgspec.DecodeError:
        return {}
    hints: dict[str, str] = {}
    for key in METADATA_HINTS:
        if key in values:
            try:
                hints[key] = _HINT_TYPES[key].decode(values[key])
            except msgspec.ValidationError:
                continue
    return hints


def _least(one: int | None, other: int | None) -> int | None:
    return one if other is None else other if one is None else min(one, other)


class _Read:
    """Characters of text, images, cache markers, and what the user said last."""

    __slots__ = ("chars", "images", "last", "marked")

    def __init__(self) -> None:
        self.chars = 0
        self.images = 0
        self.marked = False
        self.last: str | list[Part | str] | None = None


def _conversation(messages: list[Message]) -> _Read:
    read = _Read()
    for message in messages:
        content = message.content
        if isinstance(content, str):
            read.chars += len(content)
        elif content:
            for part in content:
                _add(read, part)
        if message.cache_control is not None:
            read.marked = True
        if message.role == "user":
            read.last = content
    return read


def _add(read: _Read, part: Part | str) -> None:
    if isinstance(part, str):
        read.chars += len(part)
        return
    if part.type in _IMAGE_PARTS:
        read.images += 1
    elif isinstance(part.text, str):
        read.chars += len(part.text)
    if part.cache_control is not None:
        read.marked = True


def _marks_tools(tools: list[msgspec.Raw] | None) -> bool:
    return tools is not None and any(b'"cache_control"' in bytes(tool) for tool in tools)


def _bounded(content: str | list[Part | str] | None) -> str:
    """At most MAX_LAST_TEXT characters: what is asked stands at the beginning or the end, a pasted document in the middle."""
    if content is None:
        return ""
    if not isinstance(content, str):
        texts = (part if isinstance(part, str) else part.text for part in content)
        content = "\n".join(text for text in texts if isinstance(text, str))
    if len(content) <= MAX_LAST_TEXT:
        return content
    half = MAX_LAST_TEXT // 2
    return f"{content[: half - 1]}\n{content[-half:]}"


def _effort_of(reasoning: object) -> str | None:
    """OpenRouter's and Vercel's way to say it: `reasoning: {"effort": "low"}`."""
    effort = reasoning.get("effort") if isinstance(reasoning, dict) else None
    return effort if isinstance(effort, str) else None


def _response_format(format_: ResponseFormat | None) -> str | None:
    if format_ is None or format_.type not in {"json_schema", "json_object"}:
        return None
    return format_.type


def _hints(asked: Body) -> Hints:
    own = asked.lanewise
    written = metadata_hints(bytes(asked.metadata)) if asked.metadata else {}
    if own is None:
        return Hints(**written) if written else NO_HINTS  # type: ignore[arg-type]  # each was decoded to its field's type
    return Hints(
        task=own.task or written.get("task"),
        user=own.user or written.get("user"),
        feature=own.feature or written.get("feature"),
        lane=own.lane,
        latency=own.latency or written.get("latency"),  # type: ignore[arg-type]  # decoded to LatencyClass
        risk=own.risk or written.get("risk"),  # type: ignore[arg-type]  # decoded to Risk
        progress=own.progress,
    )
