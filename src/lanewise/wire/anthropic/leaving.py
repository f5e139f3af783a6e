"""What becomes of a messages request when it leaves the dialect: tables, so that nothing is lost unsaid.

A parameter that is neither here nor carried by the conversation is unknown, and dropped as such.
"""

from __future__ import annotations

from typing import Any

from lanewise.core.errors import InvalidRequest
from lanewise.wire.losses import Leaving, Loss

#: Read elsewhere: into the call, the conversation or Lanewise's own hints.
CARRIED = frozenset(
    {
        "model", "messages", "system", "max_tokens", "stream", "lanewise", "tools", "tool_choice", "thinking", "output_config",
        "output_format", "temperature", "top_p", "top_k", "stop_sequences", "metadata",
    }
)  # fmt: skip

PARAMETERS: dict[str, Loss] = {
    "mcp_servers": Loss("the servers are reached by Anthropic itself", refused=True, neutral=([],)),
    "container": Loss("the container is Anthropic's own", refused=True),
    "inference_geo": Loss("where another vendor computes cannot be said this way", refused=True, neutral=("global",)),
    "cache_control": Loss("this vendor finds cached prefixes in its own way"),
    "context_management": Loss("this vendor edits no context"),
    "service_tier": Loss("the levels are Anthropic's own", neutral=("auto", "standard_only")),
    "speed": Loss("this vendor has no such setting", neutral=("standard",)),
}
_LEAVING = Leaving(CARRIED, PARAMETERS)

_AT_WORK = Loss("what Anthropic's own tools did is not said to another vendor")
_KEPT_THERE = Loss("the file lies with Anthropic; send its bytes instead", refused=True)

#: Content blocks that a conversation has no part for. One that is not here either: refused of a user, dropped of an assistant.
BLOCKS: dict[str, Loss] = {
    "server_tool_use": _AT_WORK,
    "web_search_tool_result": _AT_WORK,
    "web_fetch_tool_result": _AT_WORK,
    "code_execution_tool_result": _AT_WORK,
    "bash_code_execution_tool_result": _AT_WORK,
    "text_editor_code_execution_tool_result": _AT_WORK,
    "tool_search_tool_result": _AT_WORK,
    "advisor_tool_result": _AT_WORK,
    "mcp_tool_use": _AT_WORK,
    "mcp_tool_result": _AT_WORK,
    "tool_reference": Loss("every tool is said to another vendor from the beginning"),
    "fallback": Loss("which of Anthropic's models answered is no part of the conversation"),
    "container_upload": _KEPT_THERE,
}

#: Kinds of tools, by the beginning of their `type`. Others are refused: without its tool it would be another question.
TOOLS: dict[str, Loss] = {
    "tool_search_tool_": Loss("every tool is said to another vendor from the beginning"),
    "advisor_": Loss("only Anthropic's models can ask it"),
}
#: What a tool of the caller's own may say that no other vendor has.
TOOL_SETTINGS = ("defer_loading", "allowed_callers", "input_examples", "eager_input_streaming")


def losses(parameters: dict[str, Any]) -> list[str]:
    """What is dropped, each as `parameter: reason`. Raises InvalidRequest where without it the answer would be to another question."""
    if parameters.get("max_tokens") == 0:
        raise InvalidRequest(
            "`max_tokens`: 0 warms a cache of Anthropic's own and asks for no answer", param="max_tokens"
        )
    return _LEAVING.losses(parameters)


def block_loss(kind: str, *, of_user: bool, where: str) -> str:
    """What is lost with a block. Raises InvalidRequest where the question is lost with it."""
    loss = BLOCKS.get(kind)
    if loss is None:
        loss = Loss(f"a block of type {kind!r} is not known outside the dialect it was written in", refused=of_user)
    if loss.refused:
        raise InvalidRequest(f"`{where}`: {loss.reason}", param=where)
    return f"messages[].content[].{kind}: {loss.reason}"


def tool_loss(kind: str, where: str) -> str:
    """What is lost with a tool that is not the caller's own. Raises InvalidRequest for all but those that only help."""
    for begin, loss in TOOLS.items():
        if kind.startswith(begin):
            return f"tools[].{kind}: {loss.reason}"
    raise InvalidRequest(
        f"`{where}.type`: {kind!r} is Anthropic's own and cannot be said to this vendor; write a tool with an `input_schema`",
        param=f"{where}.type",
    )
