"""A window counts what came in the last minute: never less than that, and a hundredth of a minute more at most."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.limits.sliding import BUCKET_S, LIVES, PER_S, Window


@given(st.lists(st.tuples(st.floats(0, 40), st.integers(1, 9)), min_size=1, max_size=80))
def test_the_sum_is_what_came_in_a_minute_and_at_most_a_hundredth_more(comings: list[tuple[float, int]]) -> None:
    window, now_s, came = Window(), 0.0, list[tuple[float, int]]()
    for gap_s, amount in comings:
        now_s += gap_s
        at = int(now_s * PER_S)
        if at >= window.expires:
            window.slide(at)
        least = sum(each for at_s, each in came if at_s > now_s - 60.0)
        most = sum(each for at_s, each in came if at_s > now_s - 60.0 - BUCKET_S - 1e-6)
        assert least <= window.total <= most
        assert window.total == sum(window.amounts)
        window.add(at, amount)
        came.append((now_s, amount))


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 5)), min_size=1, max_size=40), st.integers(1, 200))
def test_it_says_when_so_much_has_left_and_not_a_moment_sooner(comings: list[tuple[int, int]], amount: int) -> None:
    window = Window()
    for at, counted in comings:  # in any order: some were counted ahead of time
        window.add(at, counted)
    assert window.at == sorted({at for at, _ in comings})
    before, now_s = window.total, 100 * BUCKET_S
    at_s = now_s + window.free_in_s(amount, now_s)
    window.slide(int((at_s - 0.01) * PER_S))
    assert before - window.total < min(amount, before)
    window.slide(int(at_s * PER_S))
    assert before - window.total >= min(amount, before)


def test_what_was_counted_too_much_is_taken_back_where_it_was_counted() -> None:
    window = Window()
    window.add(5, 10)
    window.add(7, 10)
    window.take_back(5, 4)
    window.take_back(6, 4)  # nothing was counted there
    window.take_back(7, 99)
    assert (window.at, window.amounts, window.total) == ([5, 7], [6, 0], 6)


def test_what_nobody_can_place_is_missing_of_the_oldest_so_that_the_rest_leaves_no_sooner() -> None:
    window = Window()
    for at in (1, 2, 3):
        window.add(at, 10)
    window.drop_oldest(15)
    assert (window.amounts, window.total) == ([0, 5, 10], 15)


def test_it_moves_with_the_clock() -> None:
    window = Window()
    window.add(10, 1)
    window.shift(1_000)
    window.slide(1_010 + LIVES - 1)
    assert window.total == 1
    assert window.empty_in_s((1_010 + LIVES) * BUCKET_S - 2.0) == pytest.approx(2.0)
    window.slide(1_010 + LIVES)
    assert (window.total, window.empty_in_s(0.0)) == (0, 0.0)
