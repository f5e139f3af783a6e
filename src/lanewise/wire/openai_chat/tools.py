"""Tools and the choice of one, out of a chat completion request."""

from __future__ import annotations

import msgspec

from lanewise.core.conversation import Tool, ToolChoice
from lanewise.core.errors import InvalidRequest


class _Function(msgspec.Struct, gc=False):
    name: str
    description: str | None = None
    parameters: msgspec.Raw = msgspec.Raw()
    strict: bool | None = None
    cache_control: msgspec.Raw = msgspec.Raw()


class ToolSpec(msgspec.Struct, gc=False):
    """One of `tools`."""

    type: str = "function"
    function: _Function | None = None
    cache_control: msgspec.Raw = msgspec.Raw()


def read_tools(specs: list[ToolSpec]) -> tuple[Tool, ...]:
    """The functions among the tools. Raises InvalidRequest for another kind: a vendor's own tools are nobody else's."""
    tools: list[Tool] = []
    for number, spec in enumerate(specs):
        function = spec.function
        if spec.type != "function" or function is None:
            raise InvalidRequest(
                f"`tools[{number}].type`: {spec.type!r} cannot be said to this vendor; write function",
                param=f"tools[{number}].type",
            )
        schema = bytes(function.parameters)
        tools.append(
            Tool(
                name=function.name,
                description=function.description,
                **({"schema": schema} if schema.startswith(b"{") else {}),
                strict=function.strict,
                cache_marker=bytes(spec.cache_control) or bytes(function.cache_control) or None,
            )
        )
    return tuple(tools)


def read_tool_choice(choice: object, *, parallel: bool) -> ToolChoice:
    """What `tool_choice` says. Raises InvalidRequest for a form that other vendors lack."""
    if choice is None or choice == "auto":
        return ToolChoice(parallel=parallel)
    if choice == "none":
        return ToolChoice(mode="none", parallel=parallel)
    if choice in ("required", "any"):
        return ToolChoice(mode="any", parallel=parallel)
    if isinstance(choice, dict) and choice.get("type") == "allowed_tools":
        return _allowed(choice.get("allowed_tools"), parallel=parallel)
    function = choice.get("function") if isinstance(choice, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    if isinstance(name, str):
        return ToolChoice(mode="tool", name=name, parallel=parallel)
    raise InvalidRequest(
        '`tool_choice`: write "auto", "none", "required" or {"type": "function", "function": {"name": ...}}',
        param="tool_choice",
    )


def _allowed(told: object, *, parallel: bool) -> ToolChoice:
    """Some of the tools, of which one may or must be called."""
    tools = told.get("tools") if isinstance(told, dict) else None
    functions = [tool.get("function") if isinstance(tool, dict) else None for tool in tools or ()]
    names = [function.get("name") if isinstance(function, dict) else None for function in functions]
    if not names or not all(isinstance(name, str) for name in names):
        raise InvalidRequest(
            '`tool_choice.allowed_tools.tools`: write a list such as [{"type": "function", "function": {"name": ...}}]',
            param="tool_choice.allowed_tools.tools",
        )
    required = isinstance(told, dict) and told.get("mode") == "required"
    return ToolChoice(mode="any" if required else "auto", allowed=tuple(str(name) for name in names), parallel=parallel)
