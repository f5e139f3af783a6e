"""What a chat completion request asks for, read once and only as far as Lanewise needs it. The body itself is sent on."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from lanewise.core.errors import InvalidRequest
from lanewise.core.request import NO_HINTS, Dialect, Hints, LatencyClass, Request, Risk
from lanewise.wire.splice import place_of

MAX_LAST_TEXT = 16 * 1024  # characters of the last user message that rules may look at

#: Names that callers may write into `metadata`, where an SDK has no room for a key of its own.
METADATA_HINTS = ("task", "user", "feature", "latency", "risk")

_IMAGE_PARTS = frozenset({"image_url", "input_image", "image"})
_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `(?P<key>[^`]*)`")
_MISSING = re.compile(r"missing required field `(?P<key>[^`]*)`")

# What to write, by the parameter's first name.
_REMEDIES = {
    "model": 'write a string such as "gpt-5.4-mini" or "lane:standard"',
    "messages": 'write a list such as [{"role": "user", "content": "Hello"}]',
    "stream": "write true or false",
    "stream_options": 'write {"include_usage": true} or leave it out',
    "max_tokens": "write a whole number of at least 1",
    "max_completion_tokens": "write a whole number of at least 1",
    "n": "write a whole number of at least 1",
    "tools": "write a list of tools",
    "functions": "write a list of functions",
    "response_format": 'write an object such as {"type": "json_object"}',
    "reasoning_effort": 'write a level such as "low", "medium" or "high"',
    "lanewise": "write an object with some of: task, user, feature, lane, latency (interactive, can_wait), "
    "risk (low, normal, high), progress (true, false)",
}


class _Part(msgspec.Struct, gc=False):
    type: str = ""
    text: Any = None
    cache_control: Any = None


class _Message(msgspec.Struct, gc=False):
    role: str
    content: str | list[_Part | str] | None = None
    cache_control: Any = None


class _StreamOptions(msgspec.Struct, gc=False):
    include_usage: bool | None = None


class _ResponseFormat(msgspec.Struct, gc=False):
    type: str = ""


class _Lanewise(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    task: str | None = None
    user: str | None = None
    feature: str | None = None
    lane: str | None = None
    latency: LatencyClass | None = None
    risk: Risk | None = None
    progress: bool = False


class _Body(msgspec.Struct, gc=False):
    model: str
    messages: list[_Message]
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n: int | None = None
    tools: list[msgspec.Raw] | None = None
    functions: list[msgspec.Raw] | None = None
    response_format: _ResponseFormat | None = None
    reasoning_effort: str | None = None
    reasoning: Any = None
    lanewise: _Lanewise | None = None
    metadata: msgspec.Raw = msgspec.Raw()
    cache_control: Any = None


_BODY = msgspec.json.Decoder(_Body)
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
    asked = _decoded(body)
    if not asked.messages:
        raise _refusal("messages", "it is empty")
    caps = [
        _at_least_one("max_tokens", asked.max_tokens),
        _at_least_one("max_completion_tokens", asked.max_completion_tokens),
    ]
    read = _conversation(asked.messages)
    options = asked.stream_options
    return Request(
        dialect=Dialect.OPENAI_CHAT,
        body=body,
        model=asked.model,
        stream=bool(asked.stream),
        hints=_hints(asked),
        max_output_tokens=min((cap for cap in caps if cap is not None), default=None),
        effort=asked.reasoning_effort or _effort_of(asked.reasoning),
        include_usage=options is not None and bool(options.include_usage),
        has_tools=bool(asked.tools or asked.functions),
        has_images=read.images > 0,
        image_count=read.images,
        has_cache_markers=read.marked or asked.cache_control is not None or _marks_tools(asked.tools),
        choices=_at_least_one("n", asked.n) or 1,
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


def _decoded(body: bytes) -> _Body:
    try:
        return _BODY.decode(body)
    except msgspec.ValidationError as error:
        raise wrong_type(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"The body is not valid JSON: {place_of(error)}") from error


def wrong_type(message: str) -> InvalidRequest:
    """A decoder's complaint in a caller's words, with the parameter and what to write."""
    place = _PATH.search(message)
    if place is None:
        missing = _MISSING.search(message)
        if missing is None:
            return InvalidRequest(f"The body must be a JSON object: {message}")
        return _refusal(missing["key"], "it is missing")
    path = place["path"]
    unknown = _UNKNOWN.search(message)
    if unknown is not None:
        return _refusal(f"{path}.{unknown['key']}", "Lanewise does not know this key")
    return _refusal(path, message[: place.start()])


def _refusal(path: str, why: str) -> InvalidRequest:
    name = re.split(r"[.\[]", path, maxsplit=1)[0]
    return InvalidRequest(f"`{path}`: {why}; {_REMEDIES.get(name, 'see the API reference')}", param=path)


def _at_least_one(name: str, value: int | None) -> int | None:
    if value is not None and value < 1:
        raise _refusal(name, f"{value} is less than 1")
    return value


class _Read:
    """Characters of text, images, cache markers, and what the user said last."""

    __slots__ = ("chars", "images", "last", "marked")

    def __init__(self) -> None:
        self.chars = 0
        self.images = 0
        self.marked = False
        self.last: str | list[_Part | str] | None = None


def _conversation(messages: list[_Message]) -> _Read:
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


def _add(read: _Read, part: _Part | str) -> None:
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
    return any(b'"cache_control"' in bytes(tool) for tool in tools or ())


def _bounded(content: str | list[_Part | str] | None) -> str:
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


def _response_format(format_: _ResponseFormat | None) -> str | None:
    if format_ is None or format_.type not in {"json_schema", "json_object"}:
        return None
    return format_.type


def _hints(asked: _Body) -> Hints:
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
