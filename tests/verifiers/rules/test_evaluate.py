"""Rules over answers: exact, bounded, and a failing one tells the values it failed on."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.verifiers.rules.evaluate import Evaluation, TooManySteps, read_answer
from lanewise.verifiers.rules.functions import Unfit
from lanewise.verifiers.rules.grammar import read_rule

ORDER = {
    "total": 60.30,
    "paid": 1234567.89,
    "currency": "USD",
    "approved": False,
    "approved_by": None,
    "items": [{"price": 20.10, "count": 3, "unit price": 1}],
    "shifts": [{"start": "09:00", "end": "12:00"}, {"start": "12:00", "end": "15:00"}],
    "due": "2026-03-01",
    "made": "2026-02-01",
    "tags": ["new", "paid"],
}


def holds(rule: str, answer: object = ORDER) -> bool:
    return Evaluation(read_answer(json.dumps(answer))).holds(read_rule(rule))


@pytest.mark.parametrize(
    "rule",
    [
        "total = sum i in items: i.price * i.count",  # in binary fractions it is not
        "total <= $500 or approved",
        "total > 1,000 implies approved",
        "all a, b in shifts: a.end <= b.start or b.end <= a.start",
        "not approved and approved_by = null",
        "any i in items: i.price > 20",
        "none i in items: i.price > 21",
        "count i in items: i.count = 3".replace("count i", "(count i") + ") = 1",
        "(min i in items: i.price) = (max i in items: i.price)",
        "date(due) - date(made) = 28",
        "date(due) > date(made)",
        "'new' in tags and tags contains \"paid\" and 'old' not in tags",
        "currency in answer.currency and length(items) = 1",
        "matches(currency, '^[a-z]{3}$') and starts_with(currency, 'US') and ends_with(lower(currency), 'sd')",
        "not exists(discount) or discount < 10%",
        'items[0].price - 20.10 = 0 and items[0]["unit price"] = 1',
        "round(total / 7, 2) = 8.61 and -total < 0",
        "unique(tags)",
        "currency in ['USD', 'EUR'] and [1, 2] contains items[0][\"unit price\"]",
        "null != ''",
    ],
)
def test_a_rule_that_holds(rule: str) -> None:
    assert holds(rule)


@pytest.mark.parametrize(
    ("rule", "seen"),
    [
        ("total <= $50 or approved", {"total": "60.3", "approved": "false"}),
        ("all i in items: i.price < 20", {"items[0].price": "20.1"}),
        ("paid = 1234567", {"paid": "1234567.89"}),
    ],
)
def test_a_rule_that_fails_tells_what_it_failed_on(rule: str, seen: dict[str, str]) -> None:
    evaluation = Evaluation(read_answer(json.dumps(ORDER)))
    assert not evaluation.holds(read_rule(rule))
    assert evaluation.seen == seen


@pytest.mark.parametrize(
    ("rule", "answer", "word"),
    [
        ("a <= b", {"a": "9:00", "b": "10:00"}, True),  # times are put in order as times
        ("a <= b", {"a": "2026-01-02", "b": "2026-01-10"}, True),
        ("a <= b", {"a": "100", "b": "20"}, None),  # as texts they would be in order
        ("a <= b", {"a": "2026-1-9", "b": "2026-1-10"}, None),
        ("a <= b", {"a": "9:00 AM", "b": "10:00 AM"}, None),
        ("a = b", {"a": [{"x": True}], "b": [{"x": 1}]}, False),
        ("a contains true", {"a": [1, False]}, False),
        ("matches(a, '^[a-z]{3}$')", {"a": "usd\n"}, False),
        ("date(a) != date(b)", {"a": "2026-01-01", "b": "2026-01-01T00:00:00Z"}, None),
        ("none i in items: i.p > 500", {"items": [{}]}, None),
        ("not (a > 500)", {"a": float("nan")}, None),
        ("not (a > 500)", {"a": None}, None),
        ("not (a > 500)", {}, None),
    ],
)
def test_nothing_passes_for_what_it_is_not(rule: str, answer: dict[str, object], word: bool | None) -> None:
    if word is not None:
        assert holds(rule, answer) is word
        return
    with pytest.raises(Unfit):
        holds(rule, answer)


@pytest.mark.parametrize("text", ['{"a": 1, "a": 900}', '{"x": {"a": 1, "a": 2}}', "[" * 100 + "]" * 100])
def test_what_readers_read_differently_or_not_at_all_is_not_read(text: str) -> None:
    with pytest.raises(Unfit, match=r"stands twice|nested"):
        read_answer(text)


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        ("all x in items: x not in text", {"items": ["y"] * 2_000, "text": "x" * 500_000}),
        ("all x in items: unique(items)", {"items": list(range(5_000))}),
        ("all x in items: x = items[0]", {"items": [[*range(300)] for _ in range(500)]}),
        ("all x in items: matches(text, 'b{1,9}$') or true", {"items": [1] * 50, "text": "b" * 16_000}),
    ],
)
def test_a_long_value_for_each_of_a_long_list_is_too_much(rule: str, answer: dict[str, object]) -> None:
    begun = time.process_time()
    with pytest.raises(TooManySteps):
        holds(rule, answer)
    assert time.process_time() - begun < 2


def test_a_sum_of_ever_finer_fractions_ends() -> None:
    begun = time.process_time()
    with pytest.raises(Unfit, match="beyond what rules compute with"):
        holds("(sum x in items: 1 / x) > 0", {"items": list(range(2, 20_000))})
    assert time.process_time() - begun < 2


def test_the_pair_that_overlaps_is_told() -> None:
    shifts = [{"start": 1, "end": 3}, {"start": 3, "end": 5}, {"start": 4, "end": 6}]
    evaluation = Evaluation(read_answer(json.dumps({"shifts": shifts})))
    assert not evaluation.holds(read_rule("all a, b in shifts: a.end <= b.start or b.end <= a.start"))
    assert {name.split(".")[0] for name in evaluation.seen} == {"shifts[1]", "shifts[2]"}


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("refund > 5", "the answer has no `refund`"),
        ("items[3].price > 5", "the answer has no `items\\[3\\]`"),
        ("currency > 5", "a text is compared with a number"),
        ("total", "true or false is needed"),
        ("all x in total: true", "needs a list"),
        ("total / 0 = 1", "divided by zero"),
        ("(min x in empty: x) = 1", "has no `empty`"),
        ("total > due", "a number is compared with a text"),
        ("date(due) > made", "a date is compared with a text"),
        ("total contains 1", "holds nothing"),
        ("total != '60.3'", "a number is compared with a text"),
        ("approved != 'true'", "true or false is compared with a text"),
        ("total not in tags", "a number is looked for in a list that has none like it"),
        ("'' in currency", "an empty text is looked for"),
        ("starts_with(currency, '')", "an empty text is looked for"),
    ],
)
def test_what_does_not_fit_is_named(rule: str, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        holds(rule)


@pytest.mark.parametrize(
    "text", ['{"a": 1e999999999}', '{"a": 1e-999999999}', '{"a": ' + "9" * 1_000 + "}", '{"a": NaN}']
)
def test_numbers_beyond_any_use_cost_nothing(text: str) -> None:
    begun = time.process_time()
    try:
        with pytest.raises(Unfit):
            Evaluation(read_answer(text)).holds(read_rule("a > 1"))
    finally:
        assert time.process_time() - begun < 1


def test_work_is_bounded() -> None:
    answer = {"items": list(range(3_000))}
    begun = time.process_time()
    with pytest.raises(TooManySteps):
        holds("all a, b in items: all c, d in items: a != b", answer)
    assert time.process_time() - begun < 3


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4))
def test_an_amount_equals_itself_written_in_a_rule(amount: object) -> None:
    assert Evaluation(read_answer(f'{{"a": {amount}}}')).holds(read_rule(f"a = {amount}"))
