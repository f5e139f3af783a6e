"""A Responses request as a conversation, for vendors of other dialects."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.conversation import Conversation, Part, Role, Text, Thinking, ToolResult, ToolUse, Translated, Turn
from lanewise.core.errors import InvalidRequest, UnknownResponse
from lanewise.core.request import Dialect, Request
from lanewise.wire.openai_responses.body import COMPLAINTS, Format, Item
from lanewise.wire.openai_responses.body import Text as TextSection
from lanewise.wire.openai_responses.items import OF_NAMESPACE, OutputItem, text_or_empty, thought_of
from lanewise.wire.openai_responses.leaving import losses
from lanewise.wire.openai_responses.own_items import is_own_thinking
from lanewise.wire.openai_responses.parts import read_parts
from lanewise.wire.openai_responses.tools import ToolSpec, arguments_with, read_specs, read_tool_choice, read_tools


class _Body(msgspec.Struct, gc=False):
    input: str | list[msgspec.Raw] | None = None
    instructions: str | list[Any] | None = None
    tools: list[msgspec.Raw] | None = None
    tool_choice: Any = None
    parallel_tool_calls: bool | None = None
    text: TextSection | None = None
    temperature: float | None = None
    top_p: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    include: list[Any] | None = None
    top_logprobs: int | None = None
    user: str | None = None
    safety_identifier: str | None = None
    previous_response_id: str | None = None


_BODY = msgspec.json.Decoder(_Body)
_PARAMETERS = msgspec.json.Decoder(dict[str, Any])
_ITEM = msgspec.json.Decoder(Item)
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])
_CALLS = frozenset({"function_call", "custom_tool_call"})
_OUTPUTS = frozenset({"function_call_output", "custom_tool_call_output"})
_SYSTEM = frozenset({"system", "developer"})
_NO_THOUGHTS = "reasoning: thinking is never sent to another vendor"


def read_conversation(request: Request) -> Translated:
    """The request's meaning. Raises InvalidRequest where leaving a part out would change the question."""
    asked = COMPLAINTS.read(_BODY, request.body)
    parameters = COMPLAINTS.read(_PARAMETERS, request.body)
    dropped = losses(parameters)
    reading = _Items(dropped, request)
    if isinstance(asked.instructions, str) and asked.instructions:
        reading.system.append(Text(text=asked.instructions))
    for where, item in _items(asked, request):
        reading.add(item, where)
    tools = read_tools([*read_specs(asked.tools or []), *reading.tools], dropped)
    format_ = _format(asked.text)
    conversation = Conversation(
        turns=tuple(Turn(role=role, parts=tuple(parts)) for role, parts in reading.turns if parts),
        system=tuple(reading.system),
        tools=tools,
        tool_choice=read_tool_choice(asked.tool_choice, parallel=asked.parallel_tool_calls is not False),
        schema=(bytes(format_.schema) or None) if format_.type == "json_schema" else None,
        schema_name=text_or_empty(format_.name),
        schema_strict=format_.strict,
        json_mode=format_.type == "json_object",
        temperature=asked.temperature,
        top_p=asked.top_p,
        presence_penalty=asked.presence_penalty,
        frequency_penalty=asked.frequency_penalty,
        logprobs=_logprobs(asked),
        user=asked.user or asked.safety_identifier,
    )
    return Translated(conversation, list(dict.fromkeys(dropped)))


def _items(asked: _Body, request: Request) -> list[tuple[str, msgspec.Raw | bytes]]:
    """What was said before and what is said now, item by item, each with where it stands."""
    earlier = request.earlier
    if asked.previous_response_id is not None and earlier is None:
        raise UnknownResponse(
            f"Previous response with id {asked.previous_response_id!r} not found.", param="previous_response_id"
        )
    if not (asked.input or earlier):
        raise COMPLAINTS.refusal("input", "it is missing" if asked.input is None else "it is empty")
    before = [] if earlier is None else [("previous_response_id", raw) for raw in _ITEMS.decode(earlier.items)]
    if isinstance(asked.input, str):
        return [*before, ("input", msgspec.json.encode({"role": "user", "content": asked.input}))]
    return [*before, *((f"input[{place}]", raw) for place, raw in enumerate(asked.input or ()))]


class _Items:
    """Collects items into turns: neighbours of one side become one turn, tools' outputs belong to the user's side."""

    def __init__(self, dropped: list[str], request: Request) -> None:
        self.system: list[Text] = []
        self.turns: list[tuple[Role, list[Part]]] = []
        self.tools: list[ToolSpec] = []
        self._dropped = dropped
        self._named = {} if request.earlier is None else request.earlier.named

    def add(self, raw: msgspec.Raw | bytes, where: str) -> None:
        """Read one item. Raises InvalidRequest where it cannot be left out."""
        try:
            item = _ITEM.decode(raw)
        except msgspec.ValidationError as error:
            raise COMPLAINTS.refusal(where, str(error)) from error
        kind = item.kind
        if kind == "item_reference":
            self._add_named(item, where)
        elif kind == "message":
            self._add_message(item, where)
        elif kind in _CALLS:
            self._side("assistant").append(_tool_use(item, where))
        elif kind in _OUTPUTS:
            self._add_output(item, where)
        elif kind == "reasoning":
            self._add_thinking(item)
        elif kind == "additional_tools":
            self.tools += read_specs(item.tools or [])
        else:
            self._dropped.append(f"input[] {kind or 'item'}: only the dialect's own vendors know it")

    def _add_named(self, item: Item, where: str) -> None:
        raw = self._named.get(text_or_empty(item.id))
        if raw is None:
            raise UnknownResponse(f"Item with id {item.id!r} not found.", param=where)
        self.add(raw, where)

    def _side(self, role: Role) -> list[Part]:
        if not self.turns or self.turns[-1][0] != role:
            self.turns.append((role, []))
        return self.turns[-1][1]

    def _add_message(self, item: Item, where: str) -> None:
        parts = read_parts(item.content, f"{where}.content", self._dropped)
        if item.role in _SYSTEM:
            if self.turns:
                self._dropped.append("input: a system message after the first turn was moved to the front")
            for part in parts:
                if not isinstance(part, Text):
                    raise InvalidRequest(f"`{where}.content`: a system message must be text", param=f"{where}.content")
                self.system.append(part)
        elif item.role == "user":
            self._side("user").extend(parts)
        elif item.role == "assistant":
            self._side("assistant").extend(parts)
        else:
            raise InvalidRequest(
                f"`{where}.role`: {item.role!r} cannot be said to this vendor; write system, developer, user or assistant",
                param=f"{where}.role",
            )

    def _add_output(self, item: Item, where: str) -> None:
        if not isinstance(item.call_id, str):
            raise InvalidRequest(
                f"`{where}.call_id`: it is missing; write the id of the call that this answers",
                param=f"{where}.call_id",
            )
        parts = read_parts(item.output, f"{where}.output", self._dropped)
        self._side("user").append(ToolResult(call_id=item.call_id, parts=tuple(parts)))

    def _add_thinking(self, item: Item) -> None:
        """Thinking with its proof goes along, for whoever gave it; what Lanewise wrote for another vendor has none."""
        if is_own_thinking(item.id):
            self._dropped.append(_NO_THOUGHTS)
            return
        told = OutputItem(
            id=item.id, summary=item.summary, content=item.content, encrypted_content=item.encrypted_content
        )
        thought = thought_of(told)
        self._side("assistant").append(
            Thinking(text=thought.text, encrypted=thought.encrypted, id=thought.id, origin=Dialect.OPENAI_RESPONSES)
        )


def _tool_use(item: Item, where: str) -> ToolUse:
    name, call_id = item.name, item.call_id
    if not isinstance(name, str) or not isinstance(call_id, str):
        raise InvalidRequest(f"`{where}`: write a call with `call_id` and `name`", param=where)
    if isinstance(item.namespace, str) and item.namespace:
        name = f"{item.namespace}{OF_NAMESPACE}{name}"
    free = item.kind == "custom_tool_call"
    arguments = arguments_with(text_or_empty(item.input)) if free else text_or_empty(item.arguments)
    return ToolUse(id=call_id, name=name, arguments=arguments)


def _format(text: TextSection | None) -> Format:
    return Format() if text is None or text.format is None else text.format


def _logprobs(asked: _Body) -> int | None:
    wanted = "message.output_text.logprobs" in (asked.include or ())
    return asked.top_logprobs or 0 if wanted or asked.top_logprobs else None
