"""What can be seen of a rule before there is an answer: that it can never say true or false, or compares what never compares.

Of what stands in an answer nothing is known here, so it fits anywhere.
"""

from __future__ import annotations

from fractions import Fraction

from lanewise.verifiers.rules.nodes import Binary, Call, Constant, Listed, Node, Over, Path, Unary

Misfit = tuple[int, str]
"""Where it stands, and what to write."""

_TRUTH, _NUMBER, _TEXT, _DATE, _LIST = "true or false", "a number", "a text", "a date", "a list"
_GIVES = {
    "abs": _NUMBER, "date": _DATE, "ends_with": _TRUTH, "exists": _TRUTH, "length": _NUMBER, "lower": _TEXT, "matches": _TRUTH,
    "round": _NUMBER, "starts_with": _TRUTH, "unique": _TRUTH,
}  # fmt: skip
_COMPARING = frozenset({"<", "<=", ">", ">=", "==", "!="})
_JOINING = frozenset({"and", "or", "implies"})


def misfit(rule: Node) -> Misfit | None:
    """The first thing in a rule that can never work, if any."""
    return _misfit(rule) or _not_truth(rule, "a rule")


def levels(node: Node) -> int:
    """How many things are in one another."""
    depth, layer = 0, [node]
    while layer:
        depth, layer = depth + 1, [inner for each in layer for inner in _inner(each)]
    return depth


def _misfit(node: Node) -> Misfit | None:
    own = None
    if isinstance(node, Binary):
        own = _of_binary(node)
    elif isinstance(node, Unary):
        own = _not_truth(node.of, "`not`") if node.word == "not" else _not_number(node.of)
    elif isinstance(node, Over) and node.quantifier in ("all", "any", "none", "count"):
        own = _not_truth(node.body, f"`{node.quantifier}`")
    elif isinstance(node, Over):
        own = _not_number(
            node.body, f"; close what is added up with `)`: `({node.quantifier} x in items: x.price) > 5`"
        )
    elif isinstance(node, Call) and node.name == "exists" and not isinstance(node.arguments[0], Path):
        own = node.at, "`exists` asks for a place in the answer, `exists(approved_by)`"
    return own or next((found for each in _inner(node) if (found := _misfit(each))), None)


def _of_binary(node: Binary) -> Misfit | None:
    left, right = _kind(node.left), _kind(node.right)
    if node.word in _JOINING:
        return _not_truth(node.left, f"`{node.word}`") or _not_truth(node.right, f"`{node.word}`")
    if node.word in _COMPARING:
        if left and right and left != right:
            return node.at, f"{left} is never compared with {right}"
        return None
    if node.word in ("in", "contains"):
        whole = node.right if node.word == "in" else node.left
        if isinstance(whole, Constant):
            return whole.at, 'write a list, `["paid", "open"]`; a text has all pieces of it in it'
        return None
    if _DATE in (left, right):
        return (
            None if node.word == "-" and {left, right} <= {_DATE, ""} else (node.at, "of two dates only `-` is taken")
        )
    return _not_number(node.left) or _not_number(node.right)


def _not_truth(node: Node, whose: str) -> Misfit | None:
    kind = _kind(node)
    return (
        None
        if kind in ("", _TRUTH)
        else (node.at, f"{whose} needs what is true or false, and this is {kind}; compare it")
    )


def _not_number(node: Node, say: str = "") -> Misfit | None:
    kind = _kind(node)
    return None if kind in ("", _NUMBER) else (node.at, f"a number is needed, and this is {kind}{say}")


def _kind(node: Node) -> str:
    """What it gives, in words; empty where only an answer tells."""
    if isinstance(node, Constant):
        value = node.value
        if isinstance(value, bool):
            return _TRUTH
        return _NUMBER if isinstance(value, Fraction) else _TEXT if isinstance(value, str) else ""
    if isinstance(node, Listed):
        return _LIST
    if isinstance(node, Unary):
        return _TRUTH if node.word == "not" else _NUMBER
    if isinstance(node, Call):
        return _GIVES[node.name]
    if isinstance(node, Over):
        return _TRUTH if node.quantifier in ("all", "any", "none") else _NUMBER
    if isinstance(node, Binary):
        return _NUMBER if node.word in ("+", "-", "*", "/") else _TRUTH
    return ""


def _inner(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Binary):
        return node.left, node.right
    if isinstance(node, Unary):
        return (node.of,)
    if isinstance(node, Listed):
        return node.items
    if isinstance(node, Call):
        return node.arguments
    return (node.of, node.body) if isinstance(node, Over) else ()
