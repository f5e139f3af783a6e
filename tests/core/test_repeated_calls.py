from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.repeated_calls import (
    MOST_ROUNDS_APART,
    CallsSeen,
    Round,
    call_digest,
    digest,
    most_in_one,
    rounds_alike,
)

A, B, C, OLD, NEW = (bytes([number]) for number in range(5))


def test_arguments_that_are_the_same_json_are_the_same_call() -> None:
    assert call_digest("f", '{"a": 1, "b": 2}') == call_digest("f", '{"b":2,"a":1}')
    assert call_digest("f", '{"a": 1}') != call_digest("f", '{"a": 2}')
    assert call_digest("f", "{}") != call_digest("g", "{}")
    assert call_digest("f", "no json ") == call_digest("f", "no json")
    assert call_digest("f", '{"a": "\ud800"}')  # whatever a model writes


def test_texts_are_told_apart_where_they_end() -> None:
    assert digest("ab", "c") != digest("a", "bc")


def test_the_same_that_gave_the_same_is_counted_to_the_round_that_is_new() -> None:
    rounds = [Round((B,), (OLD,)), *[Round((A,), (OLD,))] * 3, Round((A,))]
    assert rounds_alike(rounds, results_too=True) == 4
    assert rounds_alike([Round((A,), (NEW,)), *rounds[1:]], results_too=True) == 4
    assert rounds_alike([*rounds[:-1], Round((B,))], results_too=True) == 1


def test_another_result_is_progress_unless_results_count_for_nothing() -> None:
    rounds = [*[Round((A,), (bytes([number]),)) for number in range(9)], Round((A,))]
    assert rounds_alike(rounds, results_too=True) == 2
    assert rounds_alike(rounds, results_too=False) == 10


@given(st.integers(1, MOST_ROUNDS_APART), st.integers(1, 9))
def test_rounds_that_take_turns_count_when_all_of_them_were_made(apart: int, times: int) -> None:
    turns = [Round((bytes([number]),), (OLD,)) for number in range(apart)]
    assert rounds_alike(turns * times, results_too=True) == times


@given(st.lists(st.integers(), unique=True, min_size=1, max_size=20))
def test_rounds_that_differ_are_no_loop(numbers: list[int]) -> None:
    rounds = [Round((call_digest("f", str(number)),), (OLD,)) for number in numbers]
    assert rounds_alike(rounds, results_too=False) == 1


def test_most_calls_of_one_answer() -> None:
    assert (most_in_one([A, B, A, C]), most_in_one([])) == (2, 0)


def test_calls_of_an_answer_that_is_still_coming_are_counted_when_the_next_one_begins() -> None:
    seen = CallsSeen()
    counts = []
    for index in range(4):
        counts += [seen.take(index, "f", '{"a":'), seen.take(index, "", " 1}")]
    assert counts == [0, 0, 1, 0, 2, 0, 3, 0]
    assert seen.take(4, "g", "{}") == 4
    assert seen.take(5, "f", "{}") == 1
