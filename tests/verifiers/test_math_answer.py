"""The verifier: what it says in which case, in words that can be sent back."""

from __future__ import annotations

from typing import Any

import pytest

from judging import candidate, nobody
from lanewise.core.answer import Finish
from lanewise.core.clock import SystemClock
from lanewise.core.verdict import Verdict
from lanewise.verifiers.math_answer import WORKER, MathAnswerVerifier, Options, calculated_by
from lanewise.verifiers.maths.task import MathTask, MathTold
from lanewise.verifiers.maths.worker import told_of
from lanewise.verifiers.worker_pool import NoAnswer, PoolOptions, WorkerPool


async def here(task: MathTask) -> MathTold:
    return told_of(task)


async def said(text: str, options: Options | None = None, **more: Any) -> Verdict:
    return await MathAnswerVerifier(options, calculate=here).verify(candidate(text, **more), nobody)


async def test_right_is_proof() -> None:
    found = await said("So the answer is 7.", expected="7")
    assert (found.word, found.kind, found.answer) == ("accept", "proof", "7")


async def test_an_answer_that_is_cut_off_where_it_stands_may_not_be_all_of_it() -> None:
    cut = await said("So the answer is 4", expected="4", finish=Finish.LENGTH)
    assert (cut.word, cut.answer) == ("unverifiable", "4")
    assert (await said("Answer: 4\nFor 2 + 2 is th", expected="4", finish=Finish.LENGTH)).word == "accept"
    assert (await said(r"So it is \boxed{4}", expected="4", finish=Finish.LENGTH)).word == "accept"


async def test_wrong_is_told_without_what_is_expected() -> None:
    found = await said(r"\boxed{6√2}", expected="123456")
    assert (found.word, found.repairable) == ("reject", True)
    assert found.reason == 'The final answer was read as "6√2": its value is not the right one. Check each step again.'


async def test_without_an_expected_answer_only_recomputation_and_substitution_prove() -> None:
    assert (await said("391", asked="What is 17 * 23?")).word == "accept"
    assert (await said("It is 3.", asked="How many r are in strawberry?")).word == "unverifiable"


async def test_first_steps_are_judged_by_their_arithmetic_alone() -> None:
    assert (await said("17 * 20 = 340", asked="What is 17 * 23?", partial=True)).word == "unverifiable"
    wrong = await said("17 * 20 = 350", asked="What is 17 * 23?", partial=True)
    assert (wrong.word, wrong.kind) == ("reject", "proof")


async def test_options_reach_the_comparison() -> None:
    assert (await said("2, 1", expected="1, 2")).word == "accept"
    assert (await said("2, 1", Options(ordered=True), expected="1, 2")).word == "reject"


async def test_a_pool_that_cannot_answer_makes_it_unverifiable() -> None:
    async def full(task: MathTask) -> MathTold:
        raise NoAnswer("too many checks are waiting")

    found = await MathAnswerVerifier(calculate=full).verify(candidate("7", expected="7"), nobody)
    assert (found.word, found.reason) == ("unverifiable", "The answer was not checked: too many checks are waiting.")


async def test_a_missing_extra_is_no_answer() -> None:
    pool = WorkerPool(WORKER + "_absent", SystemClock(), PoolOptions(workers=1))
    with pytest.raises(NoAnswer, match="did not start"):
        await calculated_by(pool)(MathTask(text="1"))
    await pool.close()
