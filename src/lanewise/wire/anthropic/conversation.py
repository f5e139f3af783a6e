"""A messages request as a conversation, for vendors of other dialects."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.conversation import Conversation, Part, Role, Text, Tool, ToolChoice, Translated, Turn
from lanewise.core.errors import InvalidRequest
from lanewise.wire.anthropic.body import COMPLAINTS
from lanewise.wire.anthropic.leaving import TOOL_SETTINGS, losses, tool_loss
from lanewise.wire.anthropic.parts import Block, Parts
from lanewise.wire.own_keys import METADATA_HINTS


class _Message(msgspec.Struct, gc=False):
    role: str
    content: str | list[Block] | None = None


class _Tool(msgspec.Struct, gc=False):
    name: str = ""
    type: str | None = None
    description: str | None = None
    input_schema: msgspec.Raw = msgspec.Raw()
    strict: bool | None = None
    defer_loading: Any = None
    allowed_callers: Any = None
    input_examples: Any = None
    eager_input_streaming: Any = None
    cache_control: msgspec.Raw = msgspec.Raw()


class _ToolChoice(msgspec.Struct, gc=False):
    type: str = "auto"
    name: str = ""
    disable_parallel_tool_use: bool | None = None


class _Format(msgspec.Struct, gc=False):
    type: str = ""
    schema: msgspec.Raw = msgspec.Raw()


class _OutputConfig(msgspec.Struct, gc=False):
    format: _Format | None = None


class _Metadata(msgspec.Struct, gc=False):
    user_id: str | None = None


class _Body(msgspec.Struct, gc=False):
    messages: list[_Message]
    system: str | list[Block] | None = None
    tools: list[_Tool] | None = None
    tool_choice: _ToolChoice | None = None
    output_config: _OutputConfig | None = None
    output_format: _Format | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop_sequences: list[str] | None = None
    metadata: _Metadata | None = None


_BODY = msgspec.json.Decoder(_Body)
_PARAMETERS = msgspec.json.Decoder(dict[str, Any])
_MODES: dict[str, Any] = {"auto": "auto", "any": "any", "tool": "tool", "none": "none"}
_CARRIED_METADATA = frozenset({"user_id", *METADATA_HINTS})
_MOVED = "messages: a system message after the first turn was moved to the front"


def read_conversation(body: bytes) -> Translated:
    """The body's meaning. Raises InvalidRequest where leaving a part out would change the question."""
    asked = COMPLAINTS.read(_BODY, body)
    parameters = COMPLAINTS.read(_PARAMETERS, body)
    dropped = [*losses(parameters), *_lost_metadata(parameters.get("metadata"))]
    parts = Parts(dropped)
    system, turns = _turns(asked, parts, dropped)
    format_ = asked.output_config.format if asked.output_config is not None else None
    format_ = format_ or asked.output_format
    conversation = Conversation(
        turns=turns,
        system=system,
        tools=_tools(asked.tools or [], dropped),
        tool_choice=_tool_choice(asked.tool_choice),
        schema=(bytes(format_.schema) or None) if format_ is not None and format_.type == "json_schema" else None,
        temperature=asked.temperature,
        top_p=asked.top_p,
        top_k=asked.top_k,
        stop=tuple(asked.stop_sequences or ()),
        user=None if asked.metadata is None else asked.metadata.user_id,
    )
    return Translated(conversation, list(dict.fromkeys(dropped)))


def _lost_metadata(metadata: object) -> list[str]:
    keys = metadata.keys() - _CARRIED_METADATA if isinstance(metadata, dict) else ()
    return ["metadata: this vendor keeps no messages to tag"] if keys else []


def _turns(asked: _Body, parts: Parts, dropped: list[str]) -> tuple[tuple[Text, ...], tuple[Turn, ...]]:
    """System prompt and turns: neighbours of one side become one turn."""
    system = _system(asked.system, "system")
    turns: list[tuple[Role, list[Part]]] = []
    for place, message in enumerate(asked.messages):
        where = f"messages[{place}]"
        if message.role == "system":  # clients that change their instructions in the middle
            if turns:
                dropped.append(_MOVED)
            system += _system(message.content, f"{where}.content")
            continue
        role = _role(message.role, where)
        if not turns or turns[-1][0] != role:
            turns.append((role, []))
        turns[-1][1].extend(parts.of(message.content, f"{where}.content", of_user=role == "user"))
    return tuple(system), tuple(Turn(role=role, parts=tuple(said)) for role, said in turns if said)


def _role(role: str, where: str) -> Role:
    if role == "user":
        return "user"
    if role == "assistant":
        return "assistant"
    raise InvalidRequest(f"`{where}.role`: {role!r} is no role; write user or assistant", param=f"{where}.role")


def _system(content: str | list[Block] | None, where: str) -> list[Text]:
    if isinstance(content, str):
        return [Text(text=content)] if content else []
    texts: list[Text] = []
    for number, block in enumerate(content or ()):
        if block.type != "text" or not isinstance(block.text, str):
            raise InvalidRequest(f"`{where}[{number}]`: a system prompt must be text", param=f"{where}[{number}]")
        if block.text:
            texts.append(Text(text=block.text, cache_marker=block.marker))
    return texts


def _tools(specs: list[_Tool], dropped: list[str]) -> tuple[Tool, ...]:
    tools: list[Tool] = []
    for number, spec in enumerate(specs):
        if spec.type not in {None, "custom"}:
            dropped.append(tool_loss(spec.type or "", f"tools[{number}]"))
            continue
        dropped += [
            f"tools[].{setting}: this vendor has no such setting"
            for setting in TOOL_SETTINGS
            if getattr(spec, setting) not in (None, False, [])
        ]
        schema, marker = bytes(spec.input_schema), bytes(spec.cache_control)
        tools.append(
            Tool(
                name=spec.name,
                description=spec.description,
                **({"schema": schema} if schema.startswith(b"{") else {}),
                strict=spec.strict,
                cache_marker=None if marker in {b"", b"null"} else marker,
            )
        )
    return tuple(tools)


def _tool_choice(choice: _ToolChoice | None) -> ToolChoice:
    if choice is None:
        return ToolChoice()
    mode = _MODES.get(choice.type)
    if mode is None or (mode == "tool" and not choice.name):
        raise InvalidRequest(
            '`tool_choice`: write {"type": "auto"}, {"type": "any"}, {"type": "none"} or {"type": "tool", "name": ...}',
            param="tool_choice",
        )
    return ToolChoice(mode=mode, name=choice.name, parallel=not choice.disable_parallel_tool_use)
