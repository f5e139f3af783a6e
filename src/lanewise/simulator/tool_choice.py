"""Decides whether a question calls for a tool, which one, and with which arguments."""

from __future__ import annotations

import json
import re
from typing import Any

from lanewise.simulator.exchange import Ask, Tool
from lanewise.simulator.problems.prose import words
from lanewise.simulator.problems.scanning import formulas
from lanewise.simulator.problems.solution import Json
from lanewise.simulator.structured import Source, fill

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PROPER = re.compile(r"(?<![.!?]\s)(?<!^)\b([A-Z][a-z]+(?: [A-Z][a-z]+)*)\b")
_MOST_PARALLEL = 4
_GENERIC = frozenset(
    {"get", "set", "do", "run", "call", "tool", "fetch", "find", "look", "up", "make", "use", "name", "value"}
)

Wanted = tuple[str, str]
"""A call not yet named by an id: (tool name, arguments as JSON)."""


def wanted_calls(ask: Ask) -> list[Wanted]:
    """The calls the model makes before it answers; empty when it answers right away."""
    use = ask.tool_use
    if not use.tools or use.choice == "none" or (use.results and use.choice in {"auto", "required"}):
        return []
    chosen = _chosen(ask)
    calls: list[Wanted] = []
    for tool in chosen:
        calls.extend((tool.name, json.dumps(arguments, ensure_ascii=False)) for arguments in _argument_sets(tool, ask))
    limit = _MOST_PARALLEL if use.parallel else 1
    return calls[:limit]


def _chosen(ask: Ask) -> list[Tool]:
    use = ask.tool_use
    named = [tool for tool in use.tools if tool.name == use.choice]
    if named:
        return named
    asked = words(ask.conversation.question)
    scored = sorted(
        ((_score(tool, asked), -i, tool) for i, tool in enumerate(use.tools)), key=lambda s: s[:2], reverse=True
    )
    fitting = [tool for score, _, tool in scored if score >= 2]
    if not fitting and use.choice == "required":
        return [scored[0][2]]
    return fitting


def _score(tool: Tool, asked: set[str]) -> int:
    name = words(_CAMEL.sub(" ", tool.name).replace("_", " ").replace("-", " ")) - _GENERIC
    return 2 * len(name & asked) + len((words(tool.description) - name - _GENERIC) & asked)


def _argument_sets(tool: Tool, ask: Ask) -> list[dict[str, Any]]:
    question = ask.conversation.question
    arguments = fill(tool.parameters or {"type": "object"}, Source(question=question))
    if not isinstance(arguments, dict):
        return [{}]
    properties = tool.parameters.get("properties", {})
    free = [key for key, spec in properties.items() if _free_text(spec)]
    for key in free:
        arguments[key] = _text_for(key, question, arguments[key])
    places = _PROPER.findall(question)
    if len(free) == 1 and len(places) > 1 and not _wants_whole(free[0]):
        return [{**arguments, free[0]: place} for place in dict.fromkeys(places)]
    return [arguments]


def _free_text(spec: Json) -> bool:
    return isinstance(spec, dict) and spec.get("type") == "string" and not ({"enum", "const", "format"} & set(spec))


def _wants_whole(key: str) -> bool:
    return any(part in key.lower() for part in ("expression", "query", "question", "text", "prompt", "input"))


def _text_for(key: str, question: str, found: Json) -> Json:
    if "expression" in key.lower():
        runs = formulas(question, letters=False)
        return runs[0] if runs else question
    if _wants_whole(key):
        return question
    quoted = re.search(r"[\"'`]([^\"'`]{1,80})[\"'`]", question)
    if quoted:
        return quoted.group(1)
    places = _PROPER.findall(question)
    return places[0] if places else found
