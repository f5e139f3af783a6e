"""`python_tests` on programs of GPT-4 with labels by execution, and on HumanEval's own solutions; the reference has the table.

Needs bubblewrap: `apt install bubblewrap`.
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
from lanewise.core.protocols.verifier import Verifier
from lanewise.core.verdict import Verdict
from lanewise.verifiers import code_compiles
from lanewise.verifiers.code_compiles import CodeCompilesVerifier
from lanewise.verifiers.python_tests import PythonTestsVerifier
from verifiers.measured import Measured, Row, agrees_with_reference, rows

pytestmark = pytest.mark.data

HEADING_OF_TYPES = "How many programs have types that fit"
HEADING = "How well `python_tests` agrees"
#: Labels that we contradict: (name, how the label was made), and why.
EXPLAINED = {
    (
        "HumanEval/130",
        "IndentationError",
    ): "a body that was run without the head it completes; under its head it passes",
}


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """One set: which rows, which part of them is the answer, and what is right."""

    file: str
    answer: str
    verifier: Callable[[Workers], Verifier]
    selects: Callable[[Row], bool] = lambda _: True


def by_tests(workers: Workers) -> Verifier:
    return PythonTestsVerifier(interpret=workers.interpret)


def by_form(workers: Workers) -> Verifier:
    return CodeCompilesVerifier(compiled=workers.compiled, type_checked=workers.type_checked)


SETS = {
    "GPT-4's programs, executed": Labelled(
        file="gpt4_attempts", answer="solution", verifier=by_tests, selects=lambda row: bool(row["test"].strip())
    ),
    "HumanEval's own solutions": Labelled(file="humaneval_tasks", answer="canonical_solution", verifier=by_tests),
    "GPT-4's programs without tests": Labelled(
        file="gpt4_attempts", answer="solution", verifier=by_form, selects=lambda row: not row["test"].strip()
    ),
}


def by_types(workers: Workers) -> Verifier:
    return CodeCompilesVerifier(
        code_compiles.Options(types=True), compiled=workers.compiled, type_checked=workers.type_checked
    )


SETS_OF_TYPES = {
    "HumanEval's own solutions": Labelled(file="humaneval_tasks", answer="canonical_solution", verifier=by_types),
    "GPT-4's programs without tests": Labelled(
        file="gpt4_attempts", answer="solution", verifier=by_types, selects=lambda row: not row["test"].strip()
    ),
}


async def _verdicts(labelled: Labelled, chosen: Iterable[Row]) -> list[Verdict]:
    workers = Workers(SystemClock())
    missing = await workers.sandbox.missing()
    assert not missing, missing
    verifier, room = labelled.verifier(workers), asyncio.Semaphore(8)

    async def one(row: Row) -> Verdict:
        async with room:
            of = candidate(row[labelled.answer], asked=row["prompt"], tests=row["test"] or None)
            return await verifier.verify(of, nobody)

    try:
        return await asyncio.gather(*map(one, chosen))
    finally:
        await workers.close()


@functools.cache
def measured(name: str, *, of_types: bool = False) -> Measured:
    labelled = SETS_OF_TYPES[name] if of_types else SETS[name]
    chosen = [row for row in rows(f"code/{labelled.file}") if labelled.selects(row)]
    found = Measured(name=name)
    for row, said in zip(chosen, asyncio.run(_verdicts(labelled, chosen)), strict=True):
        explained = (row.get("name", ""), row.get("outcome", "")) in EXPLAINED
        found.note(row.get("correct", True), said.word, "" if explained else f"{row['entry_point']}: {said.reason}")
    return found


@pytest.mark.parametrize("name", SETS)
def test_every_label_by_execution_is_ours_too(name: str) -> None:
    found = measured(name)
    assert [each for each in found.false_accepts + found.false_rejects if each] == []
    assert len(found.abstentions) <= 0.01 * found.all, found.abstentions


@pytest.mark.parametrize("name", SETS)
def test_the_reference_says_what_is_measured(name: str) -> None:
    agrees_with_reference(HEADING, measured(name))


@pytest.mark.parametrize("name", SETS_OF_TYPES)
def test_the_reference_says_how_many_programs_have_types_that_fit(name: str) -> None:
    found = measured(name, of_types=True)
    assert found.abstentions == []
    agrees_with_reference(HEADING_OF_TYPES, found)
