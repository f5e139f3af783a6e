"""Content blocks as parts of a conversation."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec

from lanewise.core.conversation import Document, Image, Part, Text, Thinking, ToolResult, ToolUse
from lanewise.core.errors import InvalidRequest
from lanewise.core.request import Dialect
from lanewise.wire.anthropic.leaving import block_loss


class _Source(msgspec.Struct, gc=False):
    type: str = ""
    media_type: str = ""
    data: str = ""
    url: str = ""
    content: Any = None


class Block(msgspec.Struct, gc=False):
    """A content block. Leaves of kinds nobody here knows are read as they come."""

    type: str = ""
    text: Any = None
    source: msgspec.Raw = msgspec.Raw()
    title: Any = None
    context: Any = None
    citations: Any = None
    thinking: Any = None
    signature: Any = None
    data: Any = None
    id: Any = None
    name: Any = None
    input: msgspec.Raw = msgspec.Raw()
    tool_use_id: Any = None
    content: msgspec.Raw = msgspec.Raw()
    is_error: Any = None
    cache_control: msgspec.Raw = msgspec.Raw()

    @property
    def marker(self) -> bytes | None:
        """The caller's own cache marker."""
        marker = bytes(self.cache_control)
        return None if marker in {b"", b"null"} else marker


_BLOCKS = msgspec.json.Decoder(list[Block])
_SOURCE = msgspec.json.Decoder(_Source)
_LATER = "messages[].content[].citations: this vendor cites in its own way"


class Parts:
    """Reads blocks, and keeps what is lost on the way."""

    def __init__(self, dropped: list[str]) -> None:
        self._dropped = dropped

    def of(self, content: str | list[Block] | None, where: str, *, of_user: bool) -> list[Part]:
        """The parts of a content. Raises InvalidRequest where without a block it would be another question."""
        if isinstance(content, str):
            return [Text(text=content)] if content else []
        read = (self._part(block, f"{where}[{number}]", of_user=of_user) for number, block in enumerate(content or ()))
        return [part for part in read if part is not None]

    def _part(self, block: Block, where: str, *, of_user: bool) -> Part | None:
        if block.type == "text":
            if block.citations:
                self._dropped.append(_LATER)
            text = _text(block.text)
            return Text(text=text, cache_marker=block.marker) if text else None
        if block.type == "tool_use":
            return _tool_use(block)
        if block.type == "tool_result":
            return self._result(block, where)
        if block.type in {"thinking", "redacted_thinking"}:
            return _thinking(block)
        if block.type in {"image", "document", "search_result"}:
            return self._material(block, where)
        if block.type == "compaction":  # the vendor's own summary of what was said before it
            return Text(text=summary, cache_marker=block.marker) if (summary := _string(block.content)) else None
        self._dropped.append(block_loss(block.type, of_user=of_user, where=where))
        return None

    def _material(self, block: Block, where: str) -> Image | Document:
        """What is there to be looked at or read."""
        if block.type == "image":
            return _image(block, where)
        if isinstance(block.citations, dict) and block.citations.get("enabled"):
            self._dropped.append(_LATER)
        if block.type == "search_result":
            return _search_result(block)
        if isinstance(block.context, str) and block.context:
            self._dropped.append("messages[].content[].context: this vendor takes no words about a document")
        return _document(block, where)

    def _result(self, block: Block, where: str) -> ToolResult:
        if not isinstance(block.tool_use_id, str):
            raise InvalidRequest(
                f"`{where}.tool_use_id`: it is missing; write the id of the call that this answers",
                param=f"{where}.tool_use_id",
            )
        parts: list[Text | Image | Document] = []
        marker = block.marker
        for number, inner in enumerate(_inner(block.content, f"{where}.content")):
            part = self._part(inner, f"{where}.content[{number}]", of_user=True)
            if isinstance(part, Text | Image | Document):
                marker = marker or part.cache_marker
                parts.append(_unmarked(part))
        return ToolResult(
            call_id=block.tool_use_id, parts=tuple(parts), failed=block.is_error is True, cache_marker=marker
        )


def _inner(content: msgspec.Raw, where: str) -> list[Block]:
    raw = bytes(content)
    if not raw or raw == b"null":
        return []
    if raw.startswith(b'"'):
        return [Block(type="text", text=msgspec.json.decode(raw))]
    try:
        return _BLOCKS.decode(raw)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"`{where}`: write text or a list of blocks", param=where) from error


def _unmarked(part: Text | Image | Document) -> Text | Image | Document:
    """A tool's result carries one marker for all its parts."""
    return part if part.cache_marker is None else dataclasses.replace(part, cache_marker=None)


def _tool_use(block: Block) -> ToolUse:
    return ToolUse(
        id=_text(block.id),
        name=_text(block.name),
        arguments=bytes(block.input).decode() or "{}",
        cache_marker=block.marker,
    )


def _thinking(block: Block) -> Thinking:
    """Thinking without a proof may come from anybody: the dialect has no room to say from whom."""
    if block.type == "redacted_thinking":
        return Thinking(encrypted=_text(block.data), origin=Dialect.ANTHROPIC_MESSAGES)
    signature = _text(block.signature)
    origin = Dialect.ANTHROPIC_MESSAGES if signature else None
    return Thinking(text=_text(block.thinking), signature=signature, origin=origin)


def _source(block: Block, where: str) -> _Source:
    try:
        source = _SOURCE.decode(block.source) if block.source else _Source()
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"`{where}.source`: {error}; see the API reference", param=f"{where}.source") from error
    if source.type == "file":
        raise InvalidRequest(
            f"`{where}.source`: the file lies with Anthropic; send its bytes instead", param=f"{where}.source"
        )
    if source.type not in {"base64", "url", "text", "content"}:
        raise InvalidRequest(
            f"`{where}.source.type`: {source.type!r} cannot be said to this vendor; write base64 or url",
            param=f"{where}.source.type",
        )
    return source


def _image(block: Block, where: str) -> Image:
    source = _source(block, where)
    if source.type == "url":
        return Image(url=source.url, cache_marker=block.marker)
    return Image(data=source.data, media_type=source.media_type, cache_marker=block.marker)


def _document(block: Block, where: str) -> Document:
    source, name = _source(block, where), _text(block.title)
    if source.type == "url":
        return Document(url=source.url, media_type="application/pdf", name=name, cache_marker=block.marker)
    if source.type == "base64":
        return Document(data=source.data, media_type=source.media_type, name=name, cache_marker=block.marker)
    text = source.data if source.type == "text" else _words(source.content)
    return Document(text=text, media_type="text/plain", name=name, cache_marker=block.marker)


def _search_result(block: Block) -> Document:
    try:
        text = _words(msgspec.json.decode(block.content)) if block.content else ""
        source = msgspec.json.decode(block.source) if block.source else ""
    except (msgspec.DecodeError, UnicodeDecodeError):
        text, source = "", ""
    name = " - ".join(each for each in (_text(block.title), _text(source)) if each)
    return Document(text=text, media_type="text/plain", name=name, cache_marker=block.marker)


def _words(content: object) -> str:
    """The words of a content that is text, or blocks of it."""
    if isinstance(content, list):
        texts = (block.get("text") for block in content if isinstance(block, dict))
        return "\n".join(text for text in texts if isinstance(text, str))
    return _text(content)


def _string(raw: msgspec.Raw) -> str:
    return msgspec.json.decode(raw, type=str) if bytes(memoryview(raw)[:1]) == b'"' else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
