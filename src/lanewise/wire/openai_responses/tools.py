"""Tools of a Responses request: functions, tools that take free text, and namespaces of functions; and their calls on the way back.

Other vendors know functions only. A tool that takes free text is said as a function with one string, a function of a namespace under
both names; what the model then calls is told to the caller in the caller's own words.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.conversation import Tool, ToolChoice
from lanewise.core.errors import InvalidRequest
from lanewise.wire.openai_responses.body import COMPLAINTS
from lanewise.wire.openai_responses.items import OF_NAMESPACE

FREE_TEXT = "input"  # the one parameter of a function that stands for a tool of free text
_FREE_TEXT_SCHEMA = msgspec.json.encode(
    {
        "type": "object",
        "properties": {FREE_TEXT: {"type": "string"}},
        "required": [FREE_TEXT],
        "additionalProperties": False,
    }
)
_NOT_SAID = "the tool is the vendor's own and cannot be offered by another"


class ToolSpec(msgspec.Struct, gc=False):
    """One of `tools`."""

    type: str = ""
    name: str = ""
    description: Any = None
    parameters: msgspec.Raw = msgspec.Raw()
    strict: bool | None = None
    format: Any = None
    tools: list[ToolSpec] | None = None


class Spoken(msgspec.Struct, frozen=True):
    """How a tool is really called: its own name, its namespace, and whether it takes free text."""

    name: str
    namespace: str = ""
    free_text: bool = False


_SPEC = msgspec.json.Decoder(ToolSpec)


def read_specs(raws: list[msgspec.Raw]) -> list[ToolSpec]:
    """The tools. Raises InvalidRequest where one is no object with a type."""
    specs: list[ToolSpec] = []
    for number, raw in enumerate(raws):
        try:
            specs.append(_SPEC.decode(raw))
        except msgspec.ValidationError as error:
            raise COMPLAINTS.refusal(f"tools[{number}]", str(error)) from error
    return specs


def read_tools(specs: list[ToolSpec], dropped: list[str]) -> tuple[Tool, ...]:
    """What other vendors can offer of the tools; of the rest it is told that it is lost.

    Raises InvalidRequest where nothing is left: an answer without the tools that were asked for is another question's.
    """
    tools: list[Tool] = []
    for spec in specs:
        if spec.type == "namespace":
            tools += [_function(each, f"{spec.name}{OF_NAMESPACE}{each.name}") for each in spec.tools or ()]
        elif spec.type in {"function", "custom"}:
            tools.append(_function(spec, spec.name))
        else:
            dropped.append(f"tools[].type {spec.type}: {_NOT_SAID}")
    if specs and not tools:
        raise InvalidRequest(
            f"`tools`: {', '.join(sorted({str(spec.type) for spec in specs}))} cannot be said to this vendor; write function tools",
            param="tools",
        )
    return tuple(tools)


def spoken_names(specs: list[ToolSpec]) -> dict[str, Spoken]:
    """The tools that other vendors know under another name or form, by the name they know."""
    names: dict[str, Spoken] = {}
    for spec in specs:
        if spec.type == "custom":
            names[spec.name] = Spoken(spec.name, free_text=True)
        elif spec.type == "namespace":
            for each in spec.tools or ():
                known = f"{spec.name}{OF_NAMESPACE}{each.name}"
                names[known] = Spoken(each.name, spec.name, free_text=each.type == "custom")
    return names


def read_tool_choice(choice: object, *, parallel: bool) -> ToolChoice:
    """What `tool_choice` says. Raises InvalidRequest for a form that other vendors lack."""
    if choice is None or choice == "auto":
        return ToolChoice(parallel=parallel)
    if choice == "none":
        return ToolChoice(mode="none", parallel=parallel)
    if choice == "required":
        return ToolChoice(mode="any", parallel=parallel)
    if isinstance(choice, dict):
        kind, name = choice.get("type"), choice.get("name")
        if kind in ("function", "custom") and isinstance(name, str):
            namespace = choice.get("namespace")
            known = f"{namespace}{OF_NAMESPACE}{name}" if isinstance(namespace, str) and namespace else name
            return ToolChoice(mode="tool", name=known, parallel=parallel)
        if kind == "allowed_tools" and isinstance(choice.get("tools"), list):
            allowed = tuple(
                tool["name"]
                for tool in choice["tools"]
                if isinstance(tool, dict)
                and tool.get("type") in ("function", "custom")
                and isinstance(tool.get("name"), str)
            )
            if allowed:
                must = choice.get("mode") == "required"
                return ToolChoice(mode="any" if must else "auto", allowed=allowed, parallel=parallel)
    raise COMPLAINTS.refusal("tool_choice", "it cannot be said to this vendor")


def free_text_of(arguments: str) -> str:
    """The free text in a function's arguments, as the model wrote them; arguments that hold none are taken whole."""
    try:
        value = msgspec.json.decode(arguments)
    except msgspec.DecodeError:
        return arguments
    text = value.get(FREE_TEXT) if isinstance(value, dict) else None
    return text if isinstance(text, str) else arguments


def arguments_with(text: str) -> str:
    """Free text as a function's arguments."""
    return msgspec.json.encode({FREE_TEXT: text}).decode()


def _function(spec: ToolSpec, name: str) -> Tool:
    description = spec.description if isinstance(spec.description, str) else None
    if spec.type == "custom":
        return Tool(name=name, description=_with_grammar(description, spec.format), schema=_FREE_TEXT_SCHEMA)
    schema = bytes(spec.parameters)
    given = {"schema": schema} if schema.startswith(b"{") else {}
    return Tool(name=name, description=description, strict=spec.strict, **given)


def _with_grammar(description: str | None, format_: object) -> str | None:
    """A grammar that the vendor would hold the text to stands in the description, where the model can read it."""
    definition = format_.get("definition") if isinstance(format_, dict) else None
    if not isinstance(definition, str):
        return description
    return f"{description or ''}\n\nWrite `{FREE_TEXT}` in this grammar:\n{definition}".lstrip()
