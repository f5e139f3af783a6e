"""A rule that can never work is told before there is an answer; one that may work is taken."""

from __future__ import annotations

import pytest

from lanewise.verifiers.rules.fitting import levels, misfit
from lanewise.verifiers.rules.grammar import read_rule
from lanewise.verifiers.rules.nodes import Binary, Constant, Path
from lanewise.verifiers.rules.tokens import WrongRule


@pytest.mark.parametrize(
    ("rule", "say"),
    [
        ("5", "a rule needs what is true or false, and this is a number"),
        ("a and 'x'", "`and` needs what is true or false, and this is a text"),
        ("not length(a)", "`not` needs"),
        ("all x in items: x.price + 1", "`all` needs"),
        ("sum x in items: x.price > 5", "close what is added up"),
        ("a < 5 and 'b' > 3", "a text is never compared with a number"),
        ("date(paid_on) > '2026-01-01'", "a date is never compared with a text"),
        ("date(a) + date(b) = 1", "only `-`"),
        ("'a' + 1 = 2", "a number is needed, and this is a text"),
        ("exists(length(a))", "asks for a place"),
        ("status in 'paid open'", "write a list"),
        ("'paid open' contains status", "write a list"),
        ("true = 1", "never compared"),
    ],
)
def test_what_can_never_work_is_told(rule: str, say: str) -> None:
    with pytest.raises(WrongRule, match=say):
        read_rule(rule)


@pytest.mark.parametrize(
    "rule",
    ["a", "a and b", "a = null", "date(a) - date(b) <= 30", "length(a) > 0", "a in b", "'x' in a", "true", "a != -b"],
)
def test_what_an_answer_decides_is_taken(rule: str) -> None:
    assert misfit(read_rule(rule)) is None


def test_levels_are_counted_without_a_stack() -> None:
    node: Path | Binary = Path(0, "a", ())
    for _ in range(5_000):
        node = Binary(0, "and", node, Constant(0, value=True))
    assert levels(node) == 5_001
