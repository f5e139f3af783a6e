"""BAML's schema language and its tests' types, as far as JSON Schema has words for them: what its recorded cases are read by."""

from __future__ import annotations

import re
from typing import Any

_PRIMITIVES = {"string": "string", "int": "integer", "float": "number", "bool": "boolean", "null": "null"}


class NotSaid(ValueError):
    """JSON Schema has no words for it: aliases, checks, dynamic types."""


def schema_of(baml: str | None, target: str) -> dict[str, Any]:
    """The JSON schema of a case. Raises NotSaid."""
    if baml and re.search(r"@(alias|check|assert|skip)", baml):
        raise NotSaid("an alias or a check")
    definitions = (
        {}
        if baml is None
        else _definitions(re.sub(r"#\".*?\"#|//[^\n]*|@@?description\(.*?\)", "", baml, flags=re.DOTALL))
    )
    return _target(target) | {"$defs": definitions}


def _definitions(baml: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind, name, body in re.findall(r"(class|enum)\s+(\w+)\s*\{([^{}]*)\}", baml):
        lines = [line.strip() for line in body.splitlines() if line.strip() and not line.strip().startswith("@")]
        if kind == "enum":
            found[name] = {"type": "string", "enum": [line.split()[0] for line in lines]}
            continue
        members = dict(line.split(maxsplit=1) for line in lines)
        found[name] = {
            "type": "object",
            "properties": {each: _type(of) for each, of in members.items()},
            "required": [each for each, of in members.items() if not of.strip().endswith("?") and "null" not in of],
        }
    return found


def _type(text: str) -> dict[str, Any]:
    text = text.strip().rstrip(",").strip()
    if text.endswith("?"):
        return {"anyOf": [_type(text[:-1]), {"type": "null"}]}
    if text.endswith("[]"):
        return {"type": "array", "items": _type(text[:-2])}
    if text.startswith("map<"):
        return {"type": "object", "additionalProperties": _type(text[4:-1].split(",", 1)[1])}
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    if "|" in text:
        return {"anyOf": [_type(each) for each in text.split("|")]}
    if text in _PRIMITIVES:
        return {"type": _PRIMITIVES[text]}
    if not re.fullmatch(r"\w+", text):
        raise NotSaid(text)
    return {"$ref": f"#/$defs/{text}"}


def _target(target: str) -> dict[str, Any]:
    """The type that a case's Rust says: `FieldType::class("Foo").as_list()`."""
    target = "".join(target.split()).removesuffix(".into()")
    if target.endswith(".as_list()"):
        return {"type": "array", "items": _target(target.removesuffix(".as_list()"))}
    if found := re.fullmatch(r'FieldType::(?:[Cc]lass|Enum)\("(\w+)"(?:\.to_string\(\)|\.into\(\))?\)', target):
        return {"$ref": f"#/$defs/{found[1]}"}
    if found := re.fullmatch(r"FieldType::[Ll]ist\((.*)\)", target):
        return {"type": "array", "items": _target(found[1])}
    if found := re.fullmatch(r"FieldType::map\(FieldType::string\(\),(.*)\)", target):
        return {"type": "object", "additionalProperties": _target(found[1])}
    if found := re.fullmatch(r"FieldType::(?:Primitive\(TypeValue::(\w+)\)|(\w+)\(\))", target):
        name = (found[1] or found[2]).lower()
        if name in _PRIMITIVES:
            return {"type": _PRIMITIVES[name]}
    raise NotSaid(target)
