"""The policy file's JSON Schema, for editors, and its reference page. Both are made from `schema.py` and nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from lanewise.config.schema import PolicyFile
from lanewise.config.section import Section

Schema = dict[str, Any]

_HEAD = """# The policy file

One `lanewise.yaml` says which vendors there are, which lanes they form, and how a request finds its lane.
`lanewise check` explains what yours does; `lanewise check --schema` prints the JSON Schema for your editor.
`${NAME}` in a value is replaced by the environment variable, `${NAME:-default}` by the default where it is not set or empty.

    providers:
      openai:    {api_key: ${OPENAI_API_KEY}}
      anthropic: {api_key: ${ANTHROPIC_API_KEY}}
    lanes:
      standard:  {deployments: [openai/gpt-5.4-mini, anthropic/claude-haiku-4-5], timeout: 30s}
      reasoning: {deployments: [anthropic/claude-opus-4-7, openai/gpt-5.5], effort: high, timeout: 5m, max_cost: $0.50}
    models: {"*": auto}
    routing:
      rules:
        - when: {task: [code_review, security_analysis]}
          lane: reasoning
    tenants:
      acme: {budget: {daily: $50, alarm_at: 80%}, rate: 60/min, concurrency: 8}

This page is generated from the schema; do not edit it.
"""


def policy_schema() -> Schema:
    """The JSON Schema of `lanewise.yaml` (draft 2020-12), a description on every key."""
    schema = PolicyFile.model_json_schema()
    defaults = {section.__name__: _defaults(section) for section in _sections()}
    for name, definition in {"PolicyFile": schema, **schema["$defs"]}.items():
        for key, described in definition["properties"].items():
            _simplify(described, default=defaults[name].get(key))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "lanewise.yaml"}


def _sections(of: type[Section] = Section) -> Iterator[type[Section]]:
    for section in of.__subclasses__():
        yield section
        yield from _sections(section)


def _defaults(section: type[Section]) -> dict[str, object]:
    """What holds where a key is not written, as it would be written."""
    values = section.model_construct().model_dump(mode="json")
    return {
        key: value for key, value in values.items() if value not in (None, {}, [], ()) and not isinstance(value, dict)
    }


def _simplify(described: Schema, *, default: object) -> None:
    """Leave out what only pydantic needs to know: titles, null alternatives, inner defaults."""
    described.pop("title", None)
    described.pop("default", None)
    if default is not None:
        described["default"] = default
    if "anyOf" in described:
        options = [option for option in described.pop("anyOf") if option != {"type": "null"}]
        described.update(options[0] | described if len(options) == 1 else {"anyOf": options})


def schema_text() -> str:
    """The schema as `lanewise check --schema` prints it."""
    return json.dumps(policy_schema(), indent=2) + "\n"


def reference_markdown() -> str:
    """The whole of docs/reference/policy.md."""
    schema = policy_schema()
    parts = [_HEAD, _table("Top level", "", schema)]
    told: dict[str, str] = {}
    for path, name in _walk(schema, "", schema, told):
        described = schema["$defs"][name]
        if told[name] == path:
            parts.append(_table(f"`{path}`", described["description"], described))
        else:
            parts.append(f"## `{path}`\n\nThe keys of `{told[name]}`.\n")
    return "\n".join(parts)


def _walk(schema: Schema, path: str, definition: Schema, told: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Every section below a definition with its dotted path, depth first, in the order of the schema; what is below one only once.

    `told` learns where each section stands first.
    """
    for key, described in definition["properties"].items():
        for suffix, reference in _references(described):
            name = reference.removeprefix("#/$defs/")
            here = f"{path}.{key}{suffix}".lstrip(".")
            again = name in told
            told.setdefault(name, here)
            yield here, name
            if not again:
                yield from _walk(schema, here, schema["$defs"][name], told)


def _references(described: Schema) -> Iterator[tuple[str, str]]:
    for suffix, inner in (
        ("", described),
        (".NAME", described.get("additionalProperties")),
        ("[]", described.get("items")),
    ):
        if isinstance(inner, dict) and "$ref" in inner:
            yield suffix, inner["$ref"]


def _table(title: str, intro: str, definition: Schema) -> str:
    lines = [f"## {title}", ""]
    if intro:
        lines += [intro, ""]
    lines += ["| key | written as | default | meaning |", "|---|---|---|---|"]
    required = definition.get("required", [])
    for key, described in definition["properties"].items():
        default = "required" if key in required else _literal(described["default"]) if "default" in described else ""
        lines.append(f"| `{key}` | {_written(described)} | {default} | {described['description']} |")
    return "\n".join(lines) + "\n"


def _literal(value: object) -> str:
    return f"`{json.dumps(value) if isinstance(value, bool | list) else value}`"


def _written(described: Schema) -> str:
    """How a value is written, in a few words."""
    if any(True for _ in _references(described)):
        return "list of mappings" if "items" in described else "mapping"
    if "enum" in described:
        return ", ".join(f"`{value}`" for value in described["enum"])
    if described.get("examples"):
        return f"`{described['examples'][0]}`"
    options = described.get("anyOf", [])
    if words := next((option["enum"] for option in options if "enum" in option), None):
        return f"one or a list of {', '.join(f'`{word}`' for word in words)}"
    kinds = {option.get("type") for option in options}
    for kind, words in (
        ("integer", "whole number"),
        ("boolean", "`true`, `false`"),
        ("array", "text, or list of texts"),
    ):
        if kind in kinds:
            return words
    if described.get("type") == "array":
        items = described.get("items", {}).get("enum")
        return f"list of {', '.join(f'`{item}`' for item in items)}" if items else "list"
    if described.get("type") == "object":
        return _mapping(described.get("additionalProperties"))
    return "text"


def _mapping(values: Any) -> str:  # noqa: ANN401 - a piece of a schema
    if values == {}:
        return "mapping"
    return "mapping of numbers" if "anyOf" in (values or {}) else "mapping of texts"


if __name__ == "__main__":
    sys.stdout.write(reference_markdown())
