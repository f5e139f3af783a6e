"""How much checking a schema may ask for, from above: references that meet again multiply, and a small schema can ask for years.

`{"$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}, {"$ref": "#/$defs/b"}]}, "b": ...}}` doubles the work with each definition.
So definitions are a graph; without circles the work is the number of ways through it, and around a circle it grows with
the answer's depth where one place of the answer is checked by more than one way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote

BEYOND = 1e12
"""So much that how much more makes no difference."""

_IN_LISTS = frozenset({"items", "prefixItems", "contains", "additionalItems", "unevaluatedItems"})
_IN_OBJECTS = frozenset({"additionalProperties", "unevaluatedProperties", "patternProperties", "propertyNames"})
_DEFINITIONS = frozenset({"$defs", "definitions"})
_LITERAL = frozenset({"const", "enum", "default", "examples"})
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_HERE = ""  # the same place of the answer is looked at again
_ANY_ITEM, _ANY_NAME = "[]", "{}"

Uses = list[tuple[str, str]]
"""Of a definition: in which part of its place in the answer it refers (`=name`, any name, any item), and to what."""


def most_work(schema: object, depth: int) -> float:
    """Schemas looked at per place of an answer, at most, for an answer nested so deep."""
    if not isinstance(schema, dict):
        return 1.0
    uses = _all_uses(schema)
    circle = {name for name in uses if _comes_back(name, uses)}
    branching = max((_branching(uses[name], circle) for name in circle), default=1)
    ways = _ways("#", uses, circle, {})
    return min(BEYOND, ways * min(BEYOND, float(branching) ** min(depth, 64)))


def leads_nowhere(schema: object) -> bool:
    """Whether references come back to where they began without going on to another place of the answer."""
    if not isinstance(schema, dict):
        return False
    sure = not _has_own_names(schema)
    here = {
        name: [use for use in uses if use[0] == _HERE and sure and (use[1] == "#" or use[1].startswith("#/"))]
        for name, uses in _all_uses(schema).items()
    }
    return any(_comes_back(name, here) for name in here)


def _all_uses(schema: dict[str, object]) -> dict[str, Uses]:
    """Each definition that is referred to, from the top down."""
    found: dict[str, Uses] = {}
    waiting = ["#"]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = list(_uses(_at(schema, name), _HERE))
        waiting += [target for _, target in found[name]]
    return found


def _uses(node: object, place: str) -> Iterator[tuple[str, str]]:
    """The references within a definition. Deep enough is refused before: the schema's depth is bounded."""
    if isinstance(node, list):
        for each in node:
            yield from _uses(each, place)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key in _REFERENCES and isinstance(value, str):
            yield place, value
        elif key == "properties" and isinstance(value, dict):
            for name, below in value.items():
                yield from _uses(below, place or f"={name}")
        elif key not in _DEFINITIONS and key not in _LITERAL:
            part = _ANY_ITEM if key in _IN_LISTS else _ANY_NAME if key in _IN_OBJECTS else _HERE
            yield from _uses(value, place or part)


def _at(schema: dict[str, object], reference: str) -> object:
    """What a reference within the schema leads to. Of a name (`$anchor`, `$id`) it may be anywhere: all that the schema has counts then."""
    place = unquote(reference).removeprefix("#")
    if reference in ("", "#"):
        return schema
    if not reference.startswith("#/") or _has_own_names(schema):
        return _anywhere(schema)
    node: object = schema
    for step in place.removeprefix("/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(node, list) and name.isdecimal() and int(name) < len(node):
            node = node[int(name)]
        elif isinstance(node, dict) and name in node:
            node = node[name]
        else:
            return None
    return node


def _has_own_names(schema: dict[str, object]) -> bool:
    """Whether a part of the schema has an `$id`, from which its own references count."""
    waiting: list[object] = [*schema.values()]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if isinstance(node.get("$id"), str) or isinstance(node.get("id"), str):
                return True
            waiting += [inner for name, inner in node.items() if name not in _LITERAL]
        elif isinstance(node, list):
            waiting += node
    return False


def _anywhere(schema: dict[str, object]) -> dict[str, object]:
    """The schema with its definitions where they count."""
    listed = [value for name, value in schema.items() if name in _DEFINITIONS]
    return schema | {
        "allOf": [schema.get("allOf", []), *(list(each.values()) for each in listed if isinstance(each, dict))]
    }


def _comes_back(name: str, uses: dict[str, Uses]) -> bool:
    seen: set[str] = set()
    waiting = [target for _, target in uses[name]]
    while waiting:
        target = waiting.pop()
        if target == name:
            return True
        if target not in seen:
            seen.add(target)
            waiting += [further for _, further in uses[target]]
    return False


def _branching(of: Uses, circle: set[str]) -> int:
    """In how many ways one place of the answer is checked by what comes back to here."""
    parts = Counter(part for part, target in of if target in circle)
    here, items, any_name = parts.pop(_HERE, 0), parts.pop(_ANY_ITEM, 0), parts.pop(_ANY_NAME, 0)
    return max(1, here + max(items, any_name + max(parts.values(), default=0)))


def _ways(name: str, uses: dict[str, Uses], circle: set[str], known: dict[str, float]) -> float:
    """Ways from a definition through all it refers to; a circle is gone around once, its repetition is counted by depth."""
    if name not in known:
        known[name] = 1.0
        known[name] = min(BEYOND, 1.0 + sum(_ways(target, uses, circle, known) for _, target in uses[name]))
    return known[name]
