"""Where conversations begin: by their prefix, alike in every process, and never much more at one deployment than its weight's part."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.policy import Lane
from lanewise.core.request import Request
from lanewise.limits import prefixes as module
from lanewise.limits.prefixes import LENGTHS, MORE_THAN_ITS_PART, SPARE, Prefixes, beginnings, ranked
from walking import SetClock, lane, request

THREE = lane("standard", "alpha/small", "beta/large", "gamma/other")
LONG = LENGTHS[0] + 100


def weighted(*weights: float) -> Lane:
    return dataclasses.replace(THREE, weights=weights)


def asks(system: str, question: str = "?", **members: Any) -> Request:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    return request(body=json.dumps({"model": "auto", "messages": messages, **members}).encode())


def document(number: int, length: int = LONG) -> str:
    return f"Document {number}. " + f"{number} " * (length // len(f"{number} "))


def prefixes(clock: SetClock | None = None) -> Prefixes:
    return Prefixes((clock or SetClock()).monotonic_s)


def begin(at: Prefixes, of: Lane, asked: Request, seed: int = 0) -> str:
    return of.deployments[at.begin(asked, of, Random(seed))].name


def test_questions_about_one_document_begin_where_the_first_did_in_every_process() -> None:
    of, one, other = weighted(1, 1, 1), prefixes(), prefixes()
    begin(other, of, asks("Nothing in common"))
    together = 0
    for number in range(60):
        asked = [asks(document(number), question) for question in ("Who?", "When?", "Why?")]
        at = {
            begin(process, of, each, seed)
            for seed, (process, each) in enumerate(zip((one, other, one), asked, strict=True))
        }
        together += len(at) == 1
    assert together >= 57  # the others where the prefix's own was full


def test_each_is_first_for_as_many_prefixes_as_its_weight_says() -> None:
    first = Counter(ranked(b"%d" % number, weighted(6, 3, 1))[0] for number in range(3_000))
    assert (first[0], first[1], first[2]) == pytest.approx((1_800, 900, 300), abs=90)


def test_where_a_deployment_goes_only_its_own_prefixes_move() -> None:
    for number in range(300):
        before = ranked(b"%d" % number, weighted(1, 1, 1))
        assert ranked(b"%d" % number, weighted(1, 0, 1))[:2] == [place for place in before if place != 1]


@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=600),
    st.lists(st.sampled_from([0.0, 1.0, 3.0]), min_size=3, max_size=3).filter(any),
    st.integers(0, 99),
)
def test_whatever_comes_no_deployment_gets_much_more_than_its_weights_part(
    came: list[int], weights: list[float], seed: int
) -> None:
    of, at, chance = weighted(*weights), prefixes(), Random(seed)
    began: Counter[int] = Counter()
    for number in came:
        began[at.begin(asks(document(number) if number else "short"), of, chance)] += 1
    for place, weight in enumerate(weights):
        part = weight / sum(weights)
        assert began[place] <= (1 + MORE_THAN_ITS_PART) * part * len(came) + (SPARE + 2 if weight else 0)


def test_what_everybody_shares_is_spread_as_far_as_the_weights_want_it() -> None:
    of, at = weighted(1, 1, 0), prefixes()
    began = Counter(begin(at, of, asks(document(1))) for _ in range(1_000))
    assert sorted(began.values()) == pytest.approx([375, 625], abs=5 * SPARE)


def test_documents_behind_the_same_instructions_are_told_apart_and_a_name_behind_them_is_not() -> None:
    rules, places = "Rule. " * 900, []
    of, at = weighted(1, 1, 1), prefixes()
    for number in range(40):  # each is asked about twice before: then it is known
        digests = beginnings(asks(rules + document(number, LENGTHS[1])))
        places.append([at._longest_known(digests) for _ in range(3)][-1])
    assert len(set(places)) == 40
    names = [at._longest_known(beginnings(asks(f"{rules} Today you serve user {number}."))) for number in range(40)]
    assert len(set(names)) == 1
    assert begin(at, of, asks(f"{rules} Today you serve Ann."))


def test_tools_come_first_wherever_they_stand_in_the_body() -> None:
    tools = [
        {"type": "function", "function": {"name": f"tool_{number}", "description": "x" * 90}} for number in range(50)
    ]
    one, other = asks("You are kind.", "Hello", tools=tools), asks("You are strict.", "Good day", tools=tools)
    assert beginnings(one)[0] == beginnings(other)[0]
    assert beginnings(asks("You are kind.", "Hello", tools=tools[::-1]))[0] != beginnings(one)[0]


def test_what_no_vendor_keeps_begins_where_chance_says() -> None:
    assert beginnings(asks("You are kind.")) == []
    of, at, chance = weighted(6, 3, 1), prefixes(), Random(1)
    began = Counter(at.begin(asks("You are kind."), of, chance) for _ in range(2_000))
    assert (began[0], began[1], began[2]) == pytest.approx((1_200, 600, 200), abs=60)


def test_what_was_not_seen_for_an_hour_and_what_is_too_much_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SetClock()
    at = prefixes(clock)
    short, long = beginnings(asks(document(1, LENGTHS[1])))
    assert at._longest_known([short, long]) == short
    assert at._longest_known([short, long]) == long
    clock.time_s += 3_601
    assert at._longest_known([short, long]) == short
    monkeypatch.setattr(module, "_MOST_SEEN", 5)
    for number in range(50):
        at.begin(asks(document(number)), weighted(1, 1, 1), Random(0))
    assert len(at._seen) == 5
