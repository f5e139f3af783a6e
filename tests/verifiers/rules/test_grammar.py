"""Rules are read by a closed grammar, and a wrong one says where and what to write."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.verifiers.rules.grammar import read_rule
from lanewise.verifiers.rules.nodes import Binary, Listed, Over
from lanewise.verifiers.rules.tokens import WrongRule


def test_and_binds_tighter_than_or_and_both_tighter_than_implies() -> None:
    node = read_rule("a or b and c implies d")
    assert isinstance(node, Binary)
    assert node.word == "implies"
    assert isinstance(node.left, Binary)
    assert node.left.word == "or"


def test_a_quantifiers_body_reaches_as_far_as_it_can() -> None:
    node = read_rule("all a, b in shifts: a.end <= b.start or b.end <= a.start")
    assert isinstance(node, Over)
    assert node.names == ("a", "b")
    assert isinstance(node.body, Binary)
    assert node.body.word == "or"


def test_quantifiers_words_may_be_names() -> None:
    assert isinstance(read_rule("count > 3 and sum in [] or min = max".replace("in []", "> 0")), Binary)


@pytest.mark.parametrize(
    ("rule", "say"),
    [
        ("", "the rule ends here"),
        ("amount <=", "the rule ends here"),
        ("amount 5", "write `and`, `or` or a comparison"),
        ("1 < x < 5", "two things at a time"),
        ("(a", "close the bracket"),
        ("all x items: x", "write `all item in items"),
        ("all x in items x > 1", "write `:`"),
        ("all 5 in items: true", "write `and`, `or`"),
        ("size(items) > 1", "there is no function 'size'; known: abs, date"),
        ("length() > 1", "write `length\\(x\\)`"),
        ("matches(name, other)", "as a text in quotes"),
        ('matches(name, "(a+)+$")', "this regular expression is not taken"),
        ("a.5", "write a name behind the dot"),
        ("a[b]", "write a place"),
        ("and a", "write what is before it"),
        ("__import__('os')", "there is no function"),
        ("(" * 100 + "a" + ")" * 100, "levels"),
        ("not " * 100 + "a", "levels"),
        ("-" * 100 + "1", "levels"),
        ("a or " * 300 + "a", "write several rules"),
        ("all x, x in items: x", "two names"),
        ("all answer in items: answer", "write a name for the item"),
        ("a in [1, 2", "between what is listed"),
        ("(sum x in items: x.price) + 1", "a rule needs what is true or false, and this is a number"),
    ],
)
def test_a_wrong_rule_says_what_to_write(rule: str, say: str) -> None:
    with pytest.raises(WrongRule, match=say):
        read_rule(rule)


def test_the_place_is_shown() -> None:
    with pytest.raises(WrongRule, match="at character 11, 'amount <= >>>&& x'") as wrong:
        read_rule("amount <= && x")
    assert wrong.value.at == 10


def test_a_list_is_written_in_brackets() -> None:
    node = read_rule('status in ["paid", "open"]')
    assert isinstance(node, Binary)
    assert isinstance(node.right, Listed)
    assert len(node.right.items) == 2


WORDS = ["a", "and", "all", "in", ":", "(", ")", "<", "5", "'x'", "not", ".", "[", "]", ",", "-", "length"]


@given(st.lists(st.sampled_from(WORDS), max_size=20))
def test_any_words_are_a_rule_or_a_mistake(words: list[str]) -> None:
    with contextlib.suppress(WrongRule):
        read_rule(" ".join(words))
