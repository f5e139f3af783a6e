"""What relations name: `x = 3` says of x that it is 3."""

from __future__ import annotations

from lanewise.verifiers.maths.tree import Apply, Group, Quantity, Relation, Symbol, Value


def named(relation: Relation) -> tuple[Value, Value] | None:
    """The name and the value of `x = 3`, `f(x) = x^2`, `(p, q) = (3, 2)`; of a chain the last side."""
    if set(relation.signs) != {"="}:
        return None
    head = relation.sides[0]
    if isinstance(head, Quantity) and (
        isinstance(head.node, Symbol) or (isinstance(head.node, Apply) and head.node.of.endswith("()"))
    ):
        return head, relation.sides[-1]
    if isinstance(head, Group) and all(
        isinstance(each, Quantity) and isinstance(each.node, Symbol) for each in head.members
    ):
        return head, relation.sides[-1]
    return None


def by_names(expected: Value, answer: Value) -> list[tuple[Value, Value]] | None:
    """`x = 2, y = 3` on both sides: what each name is said to be. None where they do not name the same, each once."""
    ours, theirs = _names_of(expected), _names_of(answer)
    if ours is None or theirs is None or ours.keys() != theirs.keys():
        return None
    return [(value, theirs[name]) for name, value in ours.items()]


def _names_of(value: Value) -> dict[Value, Value] | None:
    if not isinstance(value, Group) or value.bracket == "set":
        return None
    pairs = [named(each) if isinstance(each, Relation) else None for each in value.members]
    found = dict(pair for pair in pairs if pair is not None)
    return found if len(found) == len(pairs) > 1 else None


def same_name(left: Value, right: Value) -> bool:
    """Whether two heads name the same; `y = 2x` says what `f(x) = 2x` says."""
    return left == right or {_plain_name(left), _plain_name(right)} == {"y", "f()"}


def _plain_name(head: Value) -> str:
    if not isinstance(head, Quantity):
        return ""
    if isinstance(head.node, Symbol):
        return head.node.name
    return (
        head.node.of if isinstance(head.node, Apply) and all(isinstance(each, Symbol) for each in head.node.to) else ""
    )


def all_named(value: Value) -> bool:
    """Whether a row of relations says for each of several names what it is."""
    return isinstance(value, Group) and all(isinstance(each, Relation) and named(each) for each in value.members)


def letters_of(value: Value) -> set[str]:
    """The names of a row of relations without their subscripts: `x` of `x_1 = 2, x_2 = 3`."""
    members = value.members if isinstance(value, Group) else ()
    heads = [found[0] for each in members if isinstance(each, Relation) and (found := named(each))]
    return {_plain_name(head).partition("_")[0] for head in heads}
