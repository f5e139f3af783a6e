"""Turns of a conversation as Anthropic's messages and content blocks."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.conversation import Image, Part, Text, Tool, ToolChoice, ToolResult, ToolUse, Turn
from lanewise.core.errors import InvalidRequest
from lanewise.wire.splice import members, splice

_IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
Block = dict[str, Any]


class Blocks:
    """Writes blocks for one deployment, and keeps what is lost on the way."""

    def __init__(self, *, cache_markers: bool) -> None:
        self._cache_markers = cache_markers
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
        """The parts as blocks, blank text left out."""
        return [self._part(part) for part in parts if not (isinstance(part, Text) and not part.text.strip())]

    def system(self, texts: tuple[Text, ...]) -> str | list[Block]:
        """The system prompt: a string where it is one plain text."""
        return _plain(self.parts(texts))

    def tools(self, tools: tuple[Tool, ...]) -> list[Block]:
        """The tools, schemas byte for byte."""
        return [self._tool(tool) for tool in tools]

    def _part(self, part: Part) -> Block:
        if isinstance(part, Text):
            block: Block = {"type": "text", "text": part.text}
        elif isinstance(part, Image):
            block = {"type": "image", "source": _source(part)}
        elif isinstance(part, ToolUse):
            block = {"type": "tool_use", "id": part.id, "name": part.name, "input": _arguments(part)}
        elif isinstance(part, ToolResult):
            block = self._result(part)
        else:
            raise InvalidRequest(f"A {type(part).__name__.lower()} cannot be said to this vendor yet", param="messages")
        return self._marked(block, part.cache_marker)

    def _result(self, result: ToolResult) -> Block:
        blocks = self.parts(result.parts)
        block: Block = {"type": "tool_result", "tool_use_id": result.call_id}
        if blocks:
            block["content"] = _plain(blocks)
        return block

    def _tool(self, tool: Tool) -> Block:
        block: Block = {"name": tool.name}
        if tool.description:
            block["description"] = tool.description
        schema = tool.schema
        if "type" not in members(schema):  # OpenAI takes a schema without one, Anthropic does not
            schema = splice(schema, {"type": b'"object"'})
        block["input_schema"] = msgspec.Raw(schema)
        return self._marked(block, tool.cache_marker)

    def _marked(self, block: Block, marker: bytes | None) -> Block:
        if marker is not None and marker != b"null":
            if self._cache_markers:
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


def _arguments(call: ToolUse) -> msgspec.Raw:
    """The arguments byte for byte. Raises InvalidRequest where they are not a JSON object: the vendor takes nothing else."""
    text = call.arguments.strip() or "{}"
    raw = text.encode()
    try:
        members(raw)
    except InvalidRequest as error:
        raise InvalidRequest(
            f"The arguments of tool call {call.id!r} must be a JSON object to be said to this vendor", param="messages"
        ) from error
    return msgspec.Raw(raw)
