"""What a generateContent request asks for, read once and only as far as Lanewise needs it. The body itself is sent on."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from lanewise import core
from lanewise.core.errors import InvalidRequest
from lanewise.core.request import Dialect, Request, Target
from lanewise.wire.gemini.body import COMPLAINTS, Body, Content, read_body
from lanewise.wire.gemini.spelling import camel, documented
from lanewise.wire.limits import own_cap
from lanewise.wire.own_keys import hints_of
from lanewise.wire.rates import rate_in

MAX_LAST_TEXT = 16 * 1024  # characters of the last user message that rules may look at
MAX_OPENING = 1024  # characters of how a conversation begins, half of them of its system instruction
_MOST_OF_EACH = MAX_OPENING // 2 - 1

T = TypeVar("T")

_COUNT = msgspec.json.Decoder(int | None)
_WORD = msgspec.json.Decoder(str | None)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw] | None)
_JSON_TYPE = "application/json"
_SCHEMAS = ("responseSchema", "responseJsonSchema", "_responseJsonSchema")


def read_request(body: bytes, target: Target) -> Request:
    """What path and body ask for. Raises InvalidRequest, naming the parameter and what to write."""
    if target.model is None:
        raise COMPLAINTS.refusal("model", "the path does not name it")
    asked, members = read_body(body)
    documented(members)
    if not asked.contents:
        raise COMPLAINTS.refusal("contents", "it is empty")
    config = _Config(asked)
    thinking = config.object("thinkingConfig")
    tools = [camel(key) for tool in asked.tools or () for key in tool]
    read = _Read(asked.contents)
    cap, ignored = own_cap("generationConfig.maxOutputTokens", config.count("maxOutputTokens"))
    return core.request.Request(
        dialect=Dialect.GEMINI,
        body=body,
        members=members,
        model=target.model.removeprefix("models/"),
        stream=bool(target.stream),
        hints=hints_of(asked.lanewise, b""),
        max_output_tokens=cap,
        effort=thinking.effort(),
        thinking_budget_tokens=thinking.budget(),
        shows_thinking=thinking.includes_thoughts(),
        include_usage=True,
        rate=rate_in(asked.service_tier or asked.service_tier_),
        has_tools=bool(tools),
        vendor_tools=any(kind != "functionDeclarations" for kind in tools),
        has_images=read.images > 0,
        image_count=read.images,
        has_files=read.files,
        choices=max(config.count("candidateCount") or 1, 1),
        response_format=config.response_format(),
        input_chars=read.chars + _chars(_system(asked)),
        last_user_text=_bounded(read.last),
        opening=_opening(_system(asked), read.first),
        continues=read.continues,
        ignored=ignored,
    )


class _Config:
    """`generationConfig`, or an object in it, by documented names."""

    def __init__(self, asked: Body | dict[str, msgspec.Raw], where: str = "generationConfig") -> None:
        found = (asked.config or asked.config_ or {}) if isinstance(asked, Body) else asked
        written = documented(found, where)
        self._raws = {name: found[key] for name, key in written.items()}
        self._where = where

    def value(self, name: str, decoder: msgspec.json.Decoder[T], remedy: str) -> T | None:
        raw = self._raws.get(name)
        if raw is None:
            return None
        try:
            return decoder.decode(raw)
        except msgspec.ValidationError as error:
            path = f"{self._where}.{name}"
            raise InvalidRequest(f"`{path}`: {error}; {remedy}", param=path) from error

    def count(self, name: str) -> int | None:
        return self.value(name, _COUNT, "write a whole number")

    def object(self, name: str) -> _Config:
        return _Config(self.value(name, _OBJECT, "write an object") or {}, f"{self._where}.{name}")

    def effort(self) -> str | None:
        level = self.value("thinkingLevel", _WORD, 'write a level such as "low" or "high"')
        return level.lower() if level else None

    def budget(self) -> int | None:
        """The thinking budget; -1 is the model's own choice, so it says nothing."""
        tokens = self.value("thinkingBudget", _COUNT, "write a number of tokens, 0 for none, -1 for any")
        return None if tokens is None or tokens < 0 else tokens

    def includes_thoughts(self) -> bool:
        """Whether thoughts are shown. A value that is no boolean is the vendor's to judge."""
        return bytes(self._raws.get("includeThoughts", b"")) == b"true"

    def response_format(self) -> str | None:
        if any(name in self._raws for name in _SCHEMAS):
            return "json_schema"
        kind = self.value("responseMimeType", _WORD, 'write "application/json" or "text/plain"')
        return "json_object" if kind == _JSON_TYPE else None


class _Read:
    """Characters of text, pictures, what the user said first and last, and whether anybody answered before."""

    __slots__ = ("chars", "continues", "files", "first", "images", "last")

    def __init__(self, contents: list[Content]) -> None:
        self.chars = 0
        self.images = 0
        self.files = False
        self.continues = any(content.role == "model" for content in contents)
        asked = [content for content in contents if content.role != "model" and _has_text(content)]
        self.first = asked[0] if asked else None
        self.last = asked[-1] if asked else None
        for content in contents:
            for part in content.each():
                media = part.media
                if isinstance(part.text, str):
                    self.chars += len(part.text)
                elif media is not None and media.startswith(("text/", "application/", "audio/", "video/")):
                    self.files = True
                elif media is not None:
                    self.images += 1


def _has_text(content: Content) -> bool:
    return any(isinstance(part.text, str) and part.text for part in content.each())


def _system(asked: Body) -> Content | str | None:
    return asked.system or asked.system_


def _texts(content: Content | str | None) -> list[str]:
    if content is None or isinstance(content, str):
        return [content] if content else []
    return [part.text for part in content.each() if isinstance(part.text, str)]


def _chars(content: Content | str | None) -> int:
    return sum(map(len, _texts(content)))


def _opening(system: Content | str | None, first: Content | None) -> str:
    """How the conversation begins: the system instruction, and the first words of the user."""
    return f"{_begin(system)}\n{_begin(first)}"


def _begin(content: Content | str | None) -> str:
    return "\n".join(text[:_MOST_OF_EACH] for text in _texts(content))[:_MOST_OF_EACH]


def _bounded(content: Content | None) -> str:
    """At most MAX_LAST_TEXT characters: what is asked stands at the beginning or the end, a pasted document in the middle."""
    text = "\n".join(_texts(content))
    if len(text) <= MAX_LAST_TEXT:
        return text
    half = MAX_LAST_TEXT // 2
    return f"{text[: half - 1]}\n{text[-half:]}"
