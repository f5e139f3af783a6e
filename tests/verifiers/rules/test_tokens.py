"""A rule's words, and what is said of characters that are none."""

from __future__ import annotations

import pytest

from lanewise.verifiers.rules.tokens import WrongRule, tokens


def test_a_rule_is_cut_into_words() -> None:
    found = [(each.kind, each.text) for each in tokens("amount<= $1,200.50 and name = 'O\\'Neill'")]
    assert found == [
        ("name", "amount"), ("sign", "<="), ("number", "$1,200.50"), ("name", "and"), ("name", "name"), ("sign", "="),
        ("text", "'O\\'Neill'"), ("end", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "at", "say"),
    [
        ("a && b", 2, "write `and`"),
        ('name = "open', 7, "no closing quote"),
        ("a ~ b", 2, "has no meaning here"),
        ("x" * 5_000, 0, "at most"),
    ],
)
def test_what_is_no_word_is_told_with_its_place(rule: str, at: int, say: str) -> None:
    with pytest.raises(WrongRule, match=say) as wrong:
        tokens(rule)
    assert wrong.value.at == at
