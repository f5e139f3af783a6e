"""Policy text made by Lanewise itself, for `--simulate` and for what is found on a machine: written to be read and kept by people."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lanewise.core.policy import Grade

_PLAIN = re.compile(r"[A-Za-z0-9$/.][A-Za-z0-9$/._%-]*(:[A-Za-z0-9$/._%-]+)*|\$\{[A-Za-z_][A-Za-z0-9_]*\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One `key: value` line of a section, with its reason as a comment."""

    key: str
    value: object
    why: str = ""


def scalar(value: object) -> str:
    """A value on one line: plain where YAML and the policy file read it back as it is, else quoted. Mappings and lists in flow style."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {scalar(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(scalar(inner) for inner in value) + "]"
    text = str(value)
    return (
        text
        if _PLAIN.fullmatch(text) and text not in ("null", "Null", "NULL")
        else json.dumps(text, ensure_ascii=False)
    )


def section(name: str, lines: Sequence[Line]) -> str:
    """A section of the file, its values in one column."""
    width = max((len(scalar(line.key)) for line in lines), default=0) + 1
    text = f"{name}:\n"
    for line in lines:
        text += f"  # {line.why}\n" if line.why else ""
        text += f"  {scalar(line.key) + ':':<{width}} {scalar(line.value)}\n"
    return text


def routing_section(
    rules: Sequence[tuple[Mapping[str, object], str]], default: str, *, grades: Mapping[Grade, str] | None = None
) -> str:
    """The `routing` section: (condition, lane) in order, then the heuristic with the lane of each grade, then the default lane."""
    text = "routing:\n"
    if rules:
        text += "  rules:\n"
    for when, lane in rules:
        text += f"    - when: {scalar(when)}\n      lane: {scalar(lane)}\n"
    if grades:
        text += f"  classifier: heuristic\n  grades: {scalar(grades)}\n"
    return text + f"  default: {scalar(default)}\n"
