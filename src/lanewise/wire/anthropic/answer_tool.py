"""Structured answers from models without a way of their own: a tool that has to be called, whose arguments are the answer."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec

from lanewise.core.conversation import Conversation, Tool, ToolChoice

#: A name that no caller's tool has; an answer's call of it is read as the answer's words.
ANSWER_TOOL = "lanewise_answer"
ASKED_THROUGH_A_TOOL = "response_format: asked for through a tool that has to be called; its arguments are the answer"
_NO_SCHEMA = "response_format: the model takes no JSON schema"
_NO_JSON_MODE = "response_format: this vendor has no JSON mode without a schema"
_DESCRIPTION = "Give your answer to the user by calling this, and only by this."


class _Outline(msgspec.Struct, gc=False):
    type: Any = None
    properties: Any = None


_OUTLINE = msgspec.json.Decoder(_Outline)


def with_answer_tool(conversation: Conversation, dropped: list[str], *, thinks: bool) -> Conversation:
    """The conversation with its wish for JSON as a tool, told; or without it, told as lost.

    `thinks`: the model is to think, which it cannot where a tool has to be called: that a schema holds is worth more, that an answer
    is some JSON is not.
    """
    schema = conversation.schema
    plain = dataclasses.replace(conversation, schema=None, json_mode=False)
    choice = conversation.tool_choice
    if choice.mode in {"any", "tool"} and conversation.tools:
        return plain  # a tool is called, so there is no answer to have a form
    if schema is None and thinks:
        dropped.append(_NO_JSON_MODE)
        return plain
    if schema is not None and not _is_object(schema):
        dropped.append(_NO_SCHEMA)
        return plain
    answer = Tool(name=ANSWER_TOOL, description=_DESCRIPTION, schema=schema or b'{"type":"object"}')
    free = choice.mode == "auto" and bool(conversation.tools)
    forced = ToolChoice(mode="any" if free else "tool", name="" if free else ANSWER_TOOL, parallel=choice.parallel)
    dropped.append(ASKED_THROUGH_A_TOOL)
    return dataclasses.replace(plain, tools=(*conversation.tools, answer), tool_choice=forced)


def _is_object(schema: bytes) -> bool:
    """Whether the schema is one of an object, which is all that a tool's arguments can be."""
    try:
        outline = _OUTLINE.decode(schema)
    except msgspec.DecodeError:
        return False
    return outline.type == "object" or (outline.type is None and isinstance(outline.properties, dict))
