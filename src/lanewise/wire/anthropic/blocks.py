"""Turns of a conversation as Anthropic's messages and content blocks."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import msgspec

from lanewise.core.conversation import (
    Document,
    Image,
    Part,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
    Turn,
)
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.wire.anthropic.thinking import is_own
from lanewise.wire.call_arguments import as_object
from lanewise.wire.limits import refuse_clip
from lanewise.wire.splice import members, splice

_PDF = "application/pdf"
_IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
Block = dict[str, Any]
_NO_ID_CHARS = re.compile(r"[^a-zA-Z0-9_-]")
_FOREIGN = "messages[].thinking: thinking is never sent to another vendor"


class Blocks:
    """Writes blocks for one deployment, and keeps what is lost on the way."""

    def __init__(self, facts: ModelFacts) -> None:
        self._facts = facts
        self.dropped: list[str] = []

    def messages(self, turns: tuple[Turn, ...]) -> list[Block]:
        """The turns that say something; the vendor refuses empty ones and blank text."""
        messages: list[Block] = []
        for turn in turns:
            blocks = self.parts(turn.parts)
            if blocks:
                messages.append({"role": turn.role, "content": _plain(blocks)})
        return messages

    def parts(self, parts: tuple[Part, ...]) -> list[Block]:
        """The parts as blocks, blank text and other vendors' thinking left out."""
        return [self._part(part) for part in parts if self._is_said(part)]

    def system(self, texts: tuple[Text, ...]) -> str | list[Block]:
        """The system prompt: a string where it is one plain text."""
        return _plain(self.parts(texts))

    def tools(self, tools: tuple[Tool, ...]) -> list[Block]:
        """The tools, schemas byte for byte."""
        return [self._tool(tool) for tool in tools]

    def _is_said(self, part: Part) -> bool:
        if isinstance(part, Thinking) and not is_own(part):
            self.dropped.append(_FOREIGN)
            return False
        return not (isinstance(part, Text) and not part.text.strip())

    def _part(self, part: Part) -> Block:
        if isinstance(part, Text):
            block: Block = {"type": "text", "text": part.text}
        elif isinstance(part, Image):
            block = {"type": "image", "source": _source(part)}
        elif isinstance(part, ToolUse):
            block = {"type": "tool_use", "id": tool_id(part.id), "name": part.name, "input": as_object(part)}
        elif isinstance(part, ToolResult):
            block = self._result(part)
        elif isinstance(part, Document):
            block = self._document(part)
        else:
            return _thinking(part)
        return self._marked(block, part.cache_marker)

    def _document(self, document: Document) -> Block:
        refuse_clip(document)
        if document.text or document.media_type.startswith("text/"):
            source: Block = {"type": "text", "media_type": "text/plain", "data": document.text or _decoded(document)}
        elif not self._facts.documents:
            raise InvalidRequest(
                "The model takes no files to read; ask one that does, or send their text", param="messages"
            )
        elif document.url:
            source = {"type": "url", "url": document.url}
        elif document.media_type in {"", _PDF}:
            source = {"type": "base64", "media_type": _PDF, "data": document.data}
        else:
            raise InvalidRequest(
                f"A file of type {document.media_type!r} cannot be said to this vendor; send a PDF, or its text",
                param="messages",
            )
        title = {"title": document.name} if document.name else {}
        return {"type": "document", "source": source, **title}

    def _result(self, result: ToolResult) -> Block:
        blocks = self.parts(result.parts)
        block: Block = {"type": "tool_result", "tool_use_id": tool_id(result.call_id)}
        if blocks:
            block["content"] = _plain(blocks)
        if result.failed:
            block["is_error"] = True
        return block

    def _tool(self, tool: Tool) -> Block:
        block: Block = {"name": tool.name}
        if tool.description:
            block["description"] = tool.description
        schema = tool.schema
        if "type" not in members(schema):  # OpenAI takes a schema without one, Anthropic does not
            schema = splice(schema, {"type": b'"object"'})
        block["input_schema"] = msgspec.Raw(schema)
        if tool.strict and self._facts.json_schema:  # the vendor binds both by the same means
            block["strict"] = True
        elif tool.strict:
            self.dropped.append("tools[].strict: the model does not bind arguments to their schema")
        return self._marked(block, tool.cache_marker)

    def _marked(self, block: Block, marker: bytes | None) -> Block:
        if marker is not None and marker != b"null":
            if self._facts.cache_markers:
                block["cache_control"] = msgspec.Raw(marker)
            else:
                self.dropped.append("cache_control: the model takes no cache markers")
        return block


def tool_choice(choice: ToolChoice) -> Block | None:
    """The choice in Anthropic's words; None where it is what the vendor does anyway."""
    block: Block = {"type": choice.mode}
    if choice.mode == "tool":
        block["name"] = choice.name
    if choice.mode == "none":
        return block
    if not choice.parallel:
        block["disable_parallel_tool_use"] = True
    return None if block == {"type": "auto"} else block


def tool_id(text: str) -> str:
    """A call's id in the letters that Anthropic takes; the same for a call and for its result."""
    return _NO_ID_CHARS.sub("_", text)


def _thinking(part: Thinking) -> Block:
    if part.encrypted:
        return {"type": "redacted_thinking", "data": part.encrypted}
    return {"type": "thinking", "thinking": part.text, "signature": part.signature}


def _decoded(document: Document) -> str:
    """The words of a text file. Raises InvalidRequest where it holds none."""
    try:
        return base64.b64decode(document.data, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest(f"The file {document.name!r} is no text, though it says so", param="messages") from error


def _plain(blocks: list[Block]) -> str | list[Block]:
    """A string where it says the same."""
    if len(blocks) == 1 and blocks[0].keys() == {"type", "text"}:
        text: str = blocks[0]["text"]
        return text
    return blocks


def _source(image: Image) -> Block:
    if image.url:
        return {"type": "url", "url": image.url}
    if image.media_type not in _IMAGE_TYPES:
        raise InvalidRequest(
            f"An image of type {image.media_type!r} cannot be said to this vendor; write one of {', '.join(_IMAGE_TYPES)}",
            param="messages",
        )
    return {"type": "base64", "media_type": image.media_type, "data": image.data}
