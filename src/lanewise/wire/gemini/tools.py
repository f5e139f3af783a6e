"""Functions a model may call, and the choice of one: out of a generateContent request and into one."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.conversation import Tool, ToolChoice
from lanewise.core.errors import InvalidRequest
from lanewise.wire.gemini.schema import is_google_s, json_schema_of
from lanewise.wire.gemini.spelling import fields, read_as
from lanewise.wire.splice import elements

_NO_ARGUMENTS = Tool(name="").schema
_MODES = ("AUTO", "ANY", "NONE", "VALIDATED", "MODE_UNSPECIFIED")


def read_tools(text: bytes) -> tuple[Tool, ...]:
    """The functions among the tools. Raises InvalidRequest for one that Google runs itself: no other vendor can be asked for it."""
    tools: list[Tool] = []
    for number, tool in enumerate(elements(text)):
        where = f"tools[{number}]"
        for kind, value in fields(tool, where).items():
            if kind != "functionDeclarations":
                raise InvalidRequest(
                    f"`{where}.{kind}`: a tool that Google runs itself cannot be said to this vendor; write functionDeclarations",
                    param=f"{where}.{kind}",
                )
            places = enumerate(elements(value))
            tools += (_tool(each, f"{where}.functionDeclarations[{place}]") for place, each in places)
    return tuple(tools)


def _tool(text: bytes, where: str) -> Tool:
    told = fields(text, where)
    if "name" not in told:
        raise InvalidRequest(f"`{where}.name`: it is missing; write the function's name", param=f"{where}.name")
    schema = told.get("parametersJsonSchema")
    if schema is None and "parameters" in told:
        schema = json_schema_of(told["parameters"], f"{where}.parameters")
    description = told.get("description")
    return Tool(
        name=read_as(str, told["name"], f"{where}.name"),
        description=None if description is None else read_as(str, description, f"{where}.description") or None,
        schema=_NO_ARGUMENTS if schema is None else schema,
    )


def read_tool_choice(text: bytes | None) -> ToolChoice:
    """What `toolConfig` says. Raises InvalidRequest for a mode nobody knows."""
    where = "toolConfig.functionCallingConfig"
    config = fields(text or b"{}", "toolConfig").get("functionCallingConfig")
    told = fields(config or b"{}", where)
    mode = read_as(str, told.get("mode", b'"AUTO"'), f"{where}.mode").upper()
    if mode not in _MODES:
        raise InvalidRequest(f"`{where}.mode`: write AUTO, ANY or NONE", param=f"{where}.mode")
    names = told.get("allowedFunctionNames")
    allowed = tuple(read_as(list[str], names, f"{where}.allowedFunctionNames")) if names else ()
    if mode == "NONE":
        return ToolChoice(mode="none")
    if mode == "ANY":
        return (
            ToolChoice(mode="tool", name=allowed[0]) if len(allowed) == 1 else ToolChoice(mode="any", allowed=allowed)
        )
    return ToolChoice(allowed=allowed)


def tools_block(tools: tuple[Tool, ...]) -> list[dict[str, Any]]:
    """The tools, schemas byte for byte: as the vendor's own kind of schema where they are one, else as JSON Schema."""
    return [{"functionDeclarations": [_declaration(tool) for tool in tools]}]


def _declaration(tool: Tool) -> dict[str, Any]:
    declaration: dict[str, Any] = {"name": tool.name}
    if tool.description:
        declaration["description"] = tool.description
    if tool.schema != _NO_ARGUMENTS:
        kind = "parameters" if is_google_s(tool.schema) else "parametersJsonSchema"
        declaration[kind] = msgspec.Raw(tool.schema)
    return declaration


def tool_config(choice: ToolChoice) -> dict[str, Any] | None:
    """The choice in Gemini's words; None where it is what the vendor does anyway."""
    config: dict[str, Any] = {"mode": {"none": "NONE", "auto": "AUTO"}.get(choice.mode, "ANY")}
    allowed = (choice.name,) if choice.mode == "tool" else choice.allowed
    if allowed and choice.mode != "none":
        config["allowedFunctionNames"] = list(allowed)
        if choice.mode == "auto":  # names are only heard in modes that hold the model to its functions
            config["mode"] = "VALIDATED"
    return None if config == {"mode": "AUTO"} else {"functionCallingConfig": config}
