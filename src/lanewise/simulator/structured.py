"""Builds a value that is valid under a JSON schema, filled from the question where it says something fitting."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from lanewise.simulator.problems.extraction import extract_field
from lanewise.simulator.problems.prose import words
from lanewise.simulator.problems.solution import Json

_DEEPEST = 12
_ANSWER_NAMES = ("answer", "result", "solution", "value", "output", "final")
_REASON_NAMES = ("reason", "explanation", "step", "thought", "work", "rationale")


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """What a schema is filled from: the question, its answer and the work; extracted fields win over both."""

    question: str
    answer: str = ""
    value: int | float | str | None = None
    work: tuple[str, ...] = ()
    fields: dict[str, Any] | None = None


def fill(schema: dict[str, Any], source: Source) -> Json:
    """A value valid under the schema; nesting beyond what any caller needs ends in nulls."""
    return _Filler(root=schema, source=source).value("", schema, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Filler:
    root: dict[str, Any]
    source: Source

    def value(self, name: str, schema: Json, depth: int) -> Json:
        if not isinstance(schema, dict) or depth > _DEEPEST:
            return None
        if "$ref" in schema:
            return self.value(name, self._resolve(schema["$ref"]), depth + 1)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._choose(name, schema["enum"])
        for union in ("anyOf", "oneOf"):
            if schema.get(union):
                return self._first_fitting(name, schema[union], depth)
        if schema.get("allOf"):
            merged: dict[str, Any] = {k: v for k, v in schema.items() if k != "allOf"}
            for part in schema["allOf"]:
                resolved = self._resolve(part["$ref"]) if "$ref" in part else part
                for key, inner in resolved.items():
                    both = isinstance(merged.get(key), dict) and isinstance(inner, dict)
                    merged[key] = {**merged[key], **inner} if both else inner
            return self.value(name, merged, depth + 1)
        return self._typed(name, schema, depth)

    def _first_fitting(self, name: str, options: list[Any], depth: int) -> Json:
        found = self._lookup(name)
        for option in options:
            kind = option.get("type") if isinstance(option, dict) else None
            if found is not None and isinstance(kind, str) and _fits(found, kind):
                return self.value(name, option, depth + 1)
        return self.value(name, options[0], depth + 1)

    def _typed(self, name: str, schema: dict[str, Any], depth: int) -> Json:
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kind, list):
            found = self._lookup(name)
            kind = next((k for k in kind if found is not None and _fits(found, k)), kind[0])
        if kind == "object":
            properties = schema.get("properties", {})
            return {key: self.value(key, inner, depth + 1) for key, inner in properties.items()}
        if kind == "array":
            return self._array(name, schema, depth)
        if kind in {"number", "integer"}:
            return self._number(name, schema, whole=kind == "integer")
        if kind == "boolean":
            found = self._lookup(name)
            return found if isinstance(found, bool) else self._pick(name, 2) == 1
        return None if kind == "null" else self._string(name, schema)

    def _array(self, name: str, schema: dict[str, Any], depth: int) -> list[Any]:
        lowest, most = int(schema.get("minItems", 0)), int(schema.get("maxItems", 8))
        items = schema.get("items", {"type": "string"})
        if (
            isinstance(items, dict)
            and items.get("type") == "string"
            and any(part in name.lower() for part in _REASON_NAMES)
        ):
            listed: list[Any] = list(self.source.work[:most]) or ["Read the question.", "Work out the answer."][:most]
        else:
            listed = [self.value(name.removesuffix("s"), items, depth + 1)] if most else []
        while len(listed) < lowest:
            listed.append(self.value(name, items, depth + 1))
        return listed

    def _number(self, name: str, schema: dict[str, Any], *, whole: bool) -> int | float:
        found = self._lookup(name)
        value = _as_number(found)
        if value is None:
            numbers = re.findall(r"-?\d+(?:\.\d+)?", self.source.question)
            value = float(numbers[self._pick(name, len(numbers))]) if numbers else 1.0
        if "minimum" in schema or "exclusiveMinimum" in schema:
            value = max(value, float(schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)))
        if "maximum" in schema or "exclusiveMaximum" in schema:
            value = min(value, float(schema.get("maximum", schema.get("exclusiveMaximum", 0) - 1)))
        step = schema.get("multipleOf")
        if step:
            value = round(value / step) * step
        return int(value) if whole or value.is_integer() else value

    def _string(self, name: str, schema: dict[str, Any]) -> str:
        found = self._lookup(name)
        fixed = {
            "date": "2026-01-15",
            "date-time": "2026-01-15T09:30:00Z",
            "time": "09:30:00",
            "email": "someone@example.com",
        }
        fixed |= {"uuid": "00000000-0000-4000-8000-000000000001", "uri": "https://example.com/"}
        text = str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else None
        if text is None:
            text = fixed.get(schema.get("format", "")) or (" ".join(sorted(words(self.source.question))[:3]) or "none")
        text = text.ljust(int(schema.get("minLength", 0)), ".")
        return text[: int(schema["maxLength"])] if "maxLength" in schema else text

    def _lookup(self, name: str) -> Json:
        lowered, source = name.lower(), self.source
        if source.fields and name in source.fields:
            return source.fields[name]
        if any(part in lowered for part in _REASON_NAMES):
            return "; ".join(source.work) or "Worked out from the question."
        if any(part in lowered for part in _ANSWER_NAMES):
            return source.answer if source.value is None else source.value
        if source.answer and source.value is not None:
            named = re.search(rf"\b{re.escape(lowered)} = (-?\d+(?:\.\d+)?)", source.answer)
            if named:
                return float(named.group(1))
        return extract_field(name, source.question) if name else None

    def _choose(self, name: str, options: list[Any]) -> Json:
        found = self._lookup(name)
        if found in options:
            return found
        text = self.source.question.lower()
        named = [o for o in options if isinstance(o, str) and re.search(rf"\b{re.escape(o.lower())}\b", text)]
        return named[0] if named else options[self._pick(name, len(options))]

    def _pick(self, name: str, size: int) -> int:
        digest = hashlib.blake2b(f"{name}\0{self.source.question}".encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big") % size

    def _resolve(self, reference: str) -> Json:
        node: Any = self.root
        for part in reference.removeprefix("#").strip("/").split("/"):
            node = node.get(part.replace("~1", "/").replace("~0", "~"), {}) if part and isinstance(node, dict) else node
        return node


def _as_number(found: Json) -> float | None:
    if isinstance(found, bool) or found is None:
        return None
    if isinstance(found, int | float):
        return float(found)
    match = re.search(r"-?\d[\d,]*(?:\.\d+)?", str(found))
    return float(match.group().replace(",", "")) if match else None


def _fits(value: Json, kind: str) -> bool:
    types: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "number": (int, float),
        "boolean": (bool,),
        "array": (list,),
        "object": (dict,),
    }
    return kind in types and isinstance(value, types[kind]) and (kind == "boolean") == isinstance(value, bool)
