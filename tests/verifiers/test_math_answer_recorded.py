"""`math_answer` on labelled answers that nobody here wrote, each set and each sort of label apart; the reference has the table.

Labels by hand and by execution count alike; silver ones are those on which three independent graders agree; the tests of other graders
have conventions of their own, so what is told otherwise there is explained below or is a mistake.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest

from judging import candidate, nobody
from lanewise.bootstrap.workers import Workers
from lanewise.core.clock import SystemClock
from lanewise.core.verdict import Verdict
from lanewise.verifiers.math_answer import MathAnswerVerifier, Options
from verifiers.measured import Measured, Row, agrees_with_reference, rows, together

pytestmark = pytest.mark.data

HEADING = "How well `math_answer` compares"
#: (expected, answer) of other graders' tests on which we decide otherwise, and why.
EXPLAINED = {
    ("$\text{13}$", "$13$"): "13 set as text is 13; Math-Verify reads no text",
    ("$9$", "Answer \\( \n 9 \n \\)"): "a formula over three lines is a formula; Math-Verify looks at one line",
    ("$$(3, 3), (1, 1)$$", "$$\\boxed{(3, 3)} \\text{ for part (a) and } \\boxed{(1, 1)}$$"):
        "words between two boxes: the last one counts",
    ("$f(x)$", "$f(y)$"): "other unknowns are other answers; Math-Verify takes them for the same unless `strict`",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """One set: where it is, which of its rows, and what is a row's answer and label."""

    file: str
    selects: Callable[[Row], bool] = lambda _: True
    answer: str = "pred"
    label: str = "equal"
    options: Options = Options()  # noqa: RUF009 - frozen


SETS = {
    "Hand-labelled pairs": Labelled(
        file="zeroeval_pairs", selects=lambda row: row["label"].startswith("hand-labelled")
    ),
    "Model solutions, GSM8K": Labelled(file="gsm8k_model_solutions", answer="output", label="correct"),
    "Silver pairs, MATH level 5": Labelled(
        file="zeroeval_pairs", selects=lambda row: row["label"].startswith("silver")
    ),
    "Math-Verify's own tests": Labelled(file="mathverify_tests"),
    "Hendrycks' tests": Labelled(file="hendrycks_tests", options=Options(ordered=True)),
}


async def _verdicts(of: Iterable[tuple[Labelled, Row]]) -> list[Verdict]:
    workers = Workers(SystemClock())
    room = asyncio.Semaphore(8)

    async def one(labelled: Labelled, row: Row) -> Verdict:
        verifier = MathAnswerVerifier(labelled.options, calculate=workers.calculate)
        async with room:
            return await verifier.verify(candidate(row[labelled.answer], expected=row["gold"]), nobody)

    try:
        return await asyncio.gather(*(one(*each) for each in of))
    finally:
        await workers.close()


@functools.cache
def measured(name: str) -> Measured:
    labelled = SETS[name]
    chosen = [row for row in rows(f"math/{labelled.file}") if labelled.selects(row) and row[labelled.label] is not None]
    verdicts = asyncio.run(_verdicts([(labelled, row) for row in chosen]))
    found = Measured(name=name)
    for row, said in zip(chosen, verdicts, strict=True):
        pair = row["gold"], row[labelled.answer]
        about = "" if pair in EXPLAINED else f"{pair[0][-80:]!r} <- {pair[1][-160:]!r}: {said.reason}"
        found.note(row[labelled.label], said.word, about)
    return found


def unexplained(found: list[str]) -> list[str]:
    return [each for each in found if each]


@pytest.mark.parametrize("name", ["Hand-labelled pairs", "Model solutions, GSM8K", "Silver pairs, MATH level 5"])
def test_nothing_wrong_is_accepted(name: str) -> None:
    assert unexplained(measured(name).false_accepts) == []


@pytest.mark.parametrize("name", ["Math-Verify's own tests", "Hendrycks' tests"])
def test_other_graders_are_contradicted_only_where_we_say_why(name: str) -> None:
    found = measured(name)
    assert unexplained(found.false_accepts) == []
    assert len(unexplained(found.false_rejects)) <= 0.05 * found.of(True)


@pytest.mark.parametrize("name", ["Hand-labelled pairs", "Model solutions, GSM8K", "Silver pairs, MATH level 5"])
def test_little_that_is_right_is_rejected_or_left(name: str) -> None:
    found = measured(name)
    assert len(found.false_rejects) <= 0.05 * found.of(True), found.false_rejects
    assert len(found.abstentions) <= 0.05 * found.all, found.abstentions


def test_nearly_all_is_judged_as_labelled() -> None:
    whole = together("All", (measured(name) for name in SETS))
    assert whole.agreeing >= 0.97 * whole.all
    assert len(whole.abstentions) <= 0.05 * whole.all


@pytest.mark.parametrize("name", [*SETS, "All"])
def test_the_reference_says_what_is_measured(name: str) -> None:
    found = together("All", (measured(each) for each in SETS)) if name == "All" else measured(name)
    agrees_with_reference(HEADING, found)


def test_correct_solutions_are_seldom_rejected_for_their_arithmetic() -> None:
    """Without an expected answer: only what a solution states wrongly on its way is held against it."""
    labelled = SETS["Model solutions, GSM8K"]
    solutions = rows("math/gsm8k_model_solutions")

    async def alone() -> list[Verdict]:
        workers = Workers(SystemClock())
        verifier = MathAnswerVerifier(calculate=workers.calculate)
        try:
            return [
                await verifier.verify(candidate(row[labelled.answer], asked=row["question"]), nobody)
                for row in solutions
            ]
        finally:
            await workers.close()

    found = Measured(name="Arithmetic in GSM8K's solutions")
    for row, said in zip(solutions, asyncio.run(alone()), strict=True):
        assert said.word != "accept"  # a word problem has no calculation that could be done again
        found.note(row["correct"], said.word, row["output"][-200:])
    assert len(found.false_rejects) <= 0.01 * found.of(True), found.false_rejects
    agrees_with_reference("What arithmetic in prose finds", found)
