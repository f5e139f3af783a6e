"""A request is graded once, however many routers ask."""

from __future__ import annotations

import gc
from weakref import ref

from lanewise.core.request import Request
from lanewise.routers.difficulty import Graded
from lanewise.routers.graded import GradedOnce
from walking import request


class CountingScorer:
    def __init__(self) -> None:
        self.graded: list[str] = []

    def __call__(self, asked: Request) -> Graded:
        self.graded.append(asked.last_user_text)
        return Graded(grade="hard", score=0.6, signals=(asked.last_user_text,))


def test_the_same_request_is_graded_once() -> None:
    scorer, asked = CountingScorer(), request(text="one")
    once = GradedOnce(scorer)

    assert once(asked) is once(asked)
    assert scorer.graded == ["one"]


def test_an_equal_request_is_another_one() -> None:
    scorer = CountingScorer()
    once = GradedOnce(scorer)

    first, second = request(text="one"), request(text="one")
    once(first)
    once(second)

    assert scorer.graded == ["one", "one"]


def test_requests_that_take_turns_are_told_apart() -> None:
    once, one, two = GradedOnce(CountingScorer()), request(text="one"), request(text="two")

    assert [once(each).signals for each in (one, two, one)] == [("one",), ("two",), ("one",)]


def test_it_keeps_no_request_alive() -> None:
    once = GradedOnce(CountingScorer())
    asked = request(text="somebody's words, and a large body")
    once(asked)
    seen = ref(asked)
    del asked

    gc.collect()

    assert seen() is None
    assert once(request(text="another")).signals == ("another",)
