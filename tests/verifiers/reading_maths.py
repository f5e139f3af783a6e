"""Short words for tests of mathematics: what a text is read as, and whether one answer is another."""

from __future__ import annotations

from lanewise.verifiers.maths.compare import Conventions
from lanewise.verifiers.maths.judge import judged
from lanewise.verifiers.maths.shapes import read
from lanewise.verifiers.maths.tree import Node, Quantity


def node(text: str) -> Node:
    """The expression of a text."""
    value = read(text)
    assert isinstance(value, Quantity), value
    return value.node


def right(expected: str, answer: str, **conventions: object) -> bool | None:
    """Whether an answer is the expected one; None where that cannot be told."""
    return judged(expected, answer, Conventions(**conventions)).right  # type: ignore[arg-type]
