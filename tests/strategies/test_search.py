from __future__ import annotations

import dataclasses
from collections.abc import Callable

from msgspec import structs

from lanewise.core.answer import Content, Finish, Generation
from lanewise.core.judged import Judged
from lanewise.core.policy import Lane
from lanewise.core.protocols.strategy import Draw
from lanewise.core.request import Dialect
from lanewise.core.searching import Search
from lanewise.strategies.search import SearchSteps
from lanewise.strategies.steps import words_of_a_step
from strategies.sampling import FAILED, said

DEEP = dataclasses.replace(
    Lane(name="reasoning", deployments=()), strategy="search", samples=20, search=Search(width=2, beam=1, depth=3)
)


class Model:
    """A model that takes the steps it is told to, and answers after them as it is told to."""

    def __init__(self, plain: Judged, step: Callable[[Draw], Judged], answer: Callable[[Draw], Judged]) -> None:
        self._plain, self._step, self._answer = plain, step, answer
        self.drawn: list[Draw] = []

    async def __call__(self, draw: Draw) -> Judged:
        self.drawn.append(draw)
        if not draw.shows:
            return self._step(draw)
        return self._answer(draw) if draw.name else self._plain

    @property
    def names(self) -> list[str]:
        return [draw.name for draw in self.drawn]


WRONG = said("390", "reject")


def text_of(judged: Judged) -> str:
    assert judged.generation.content is not None
    return judged.generation.content.text


def a_step(draw: Draw) -> Judged:
    """The second way on is always the better one; the third step is the last."""
    depth, score = draw.name.count(".") + 1, 0.9 if draw.name.endswith("1") else 0.3
    return said(f"step {draw.name}" + "\nAnswer: 391" * (depth == 3), "accept", "evidence", score=score)


async def test_a_plain_answer_that_is_accepted_costs_no_search() -> None:
    model = Model(said("391", "accept"), a_step, a_step)
    assert text_of(await SearchSteps().choose(DEEP, model)) == "391"
    assert model.names == [""]


async def test_the_best_steps_are_carried_on_to_an_answer_that_passes() -> None:
    model = Model(WRONG, a_step, lambda _: said("391", "accept"))

    chosen = await SearchSteps().choose(DEEP, model)

    assert text_of(chosen) == "391"
    assert model.names == ["", "search-0", "search-1", "search-1.0", "search-1.1", "search-1.1.0", "search-1.1.1",
                           "search-1.1.1-answer"]  # fmt: skip
    second = model.drawn[4]
    assert (second.built_on, second.words) == ("step search-1", words_of_a_step(1))
    assert model.drawn[-1].built_on.splitlines() == [
        "step search-1",
        "step search-1.1",
        "step search-1.1.1",
        "Answer: 391",
    ]


async def test_after_a_rejected_answer_what_was_left_is_carried_on() -> None:
    def answer(draw: Draw) -> Judged:
        return said("391", "accept") if draw.name == "search-1.1.0-answer" else WRONG

    model = Model(WRONG, a_step, answer)
    assert text_of(await SearchSteps().choose(DEEP, model)) == "391"


async def test_where_nothing_can_be_verified_the_answer_after_the_best_steps_is_given_with_their_score() -> None:
    model = Model(said("plain", "unverifiable"), a_step, lambda draw: said(draw.name, "unverifiable"))
    chosen = await SearchSteps().choose(DEEP, model)
    assert (text_of(chosen), chosen.confidence) == ("search-1.1.1-answer", 0.9)
    assert model.names[-1] == "search-1.1.1-answer"  # as many stand as are carried on at a time


async def test_no_more_is_drawn_than_the_lane_allows_and_one_draw_is_kept_for_an_answer() -> None:
    model = Model(WRONG, a_step, lambda _: WRONG)
    await SearchSteps().choose(dataclasses.replace(DEEP, samples=6), model)
    assert model.names == ["", "search-0", "search-1", "search-1.0", "search-1.1", "search-1.1-answer"]


async def test_where_no_step_can_be_taken_any_more_the_best_beginnings_are_answered() -> None:
    def step(draw: Draw) -> Judged:
        return FAILED if "." in draw.name else a_step(draw)

    model = Model(WRONG, step, lambda _: said("391", "accept"))
    assert text_of(await SearchSteps().choose(DEEP, model)) == "391"
    assert model.names[-1] == "search-1-answer"


async def test_where_all_steps_are_refuted_the_plain_answer_stands() -> None:
    model = Model(WRONG, lambda _: said("2 + 2 = 5", "reject", "proof"), a_step)
    assert text_of(await SearchSteps().choose(DEEP, model)) == "390"
    assert model.names == ["", "search-0", "search-1"]


async def test_answers_that_fail_leave_the_best_there_was() -> None:
    model = Model(WRONG, a_step, lambda _: FAILED)
    assert text_of(await SearchSteps().choose(DEEP, model)) == "390"


async def test_a_lane_that_fails_is_not_searched_in() -> None:
    model = Model(FAILED, a_step, a_step)
    assert (await SearchSteps().choose(DEEP, model)).failed
    assert model.names == [""]


async def test_what_a_filter_has_ended_is_not_searched_on() -> None:
    ended = Judged(
        generation=Generation(dialect=Dialect.OPENAI_CHAT, content=Content(text="39"), finish=Finish.CONTENT_FILTER)
    )
    model = Model(ended, a_step, lambda _: WRONG)
    assert await SearchSteps().choose(DEEP, model) is ended
    assert len(model.drawn) == 1


async def test_an_answer_that_gives_up_is_none_to_end_a_search_by() -> None:
    def answer(draw: Draw) -> Judged:
        found = said("391", "accept") if draw.name == "search-1.1.0-answer" else said("CANNOT SOLVE: no")
        return structs.replace(found, given_up=found.verdict is None)

    model = Model(WRONG, a_step, answer)
    assert text_of(await SearchSteps().choose(DEEP, model)) == "391"
