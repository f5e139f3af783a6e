"""Each condition of success fails on what it is there to find: on the demo's own values, the ledger's rows and a vendor's books."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator

from lanewise.core.record import RunRecord
from lanewise.core.usage import Cost
from lanewise.lab.asking import Answered
from lanewise.lab.checks import Check
from lanewise.lab.demo_checks import (
    every_answer_is_in_the_ledger,
    every_answer_of_the_outage_is_marked,
    every_request_was_answered,
    lanes_led_by,
    ledger_equals_books,
)
from lanewise.operations.books import reconcile
from lanewise.simulator.books import Books, CallRecord
from lanewise.simulator.exchange import InputUsage
from lanewise.simulator.models import MODELS_BY_NAME
from stores.samples import a_call, a_record, a_trace
from walking import lane, policy

MODEL = MODELS_BY_NAME["simopen", "sim-small"]


def an_answer(number: int, *, lane: str = "standard", marked: bool = False, in_outage: bool = False) -> Answered:
    return Answered(
        question_id=f"q{number}",
        stream=False,
        text="4",
        run_id=f"run_{number}",
        lane=lane,
        marked=marked,
        cost_nanousd=100 * number,
        in_outage=in_outage,
    )


ANSWERS = [
    an_answer(1),
    an_answer(2, lane="reasoning"),
    an_answer(3, in_outage=True),
    an_answer(4, lane="reasoning", marked=True, in_outage=True),
]


def test_all_answered_is_a_success() -> None:
    check = every_request_was_answered(4, ANSWERS)
    assert check == Check(name="every request was answered", passed=True, said="4 of 4 requests were answered in full")


def test_an_unanswered_request_fails_and_is_named() -> None:
    lost = dataclasses.replace(ANSWERS[2], problem="HTTP 503: no vendor answers", text="")
    check = every_request_was_answered(4, [*ANSWERS[:2], lost, ANSWERS[3]])
    assert not check.passed
    assert "3 of 4" in check.said
    assert "q3: HTTP 503: no vendor answers" in check.said


def test_a_request_that_never_came_back_fails() -> None:
    assert not every_request_was_answered(5, ANSWERS).passed


def test_marked_answers_of_the_outage_are_a_success() -> None:
    check = every_answer_of_the_outage_is_marked(ANSWERS, {"reasoning"})
    assert check.passed
    assert "1 of 1" in check.said


def test_an_unmarked_answer_of_the_outage_fails_and_is_named() -> None:
    silent = an_answer(5, lane="reasoning", in_outage=True)
    check = every_answer_of_the_outage_is_marked([*ANSWERS, silent], {"reasoning"})
    assert not check.passed
    assert check.said == "1 of 2 answers of lanes that lost their first vendor say so: run_5"


def test_an_outage_that_hit_nobody_proves_nothing() -> None:
    check = every_answer_of_the_outage_is_marked(ANSWERS, {"frontier"})
    assert not check.passed
    assert "nothing was tested" in check.said


def test_the_lanes_of_a_vendor_are_those_it_comes_first_in() -> None:
    of = policy(lane("standard", "a/x", "b/y"), lane("reasoning", "b/y", "a/x"), lane("frontier", "b/z"))
    assert lanes_led_by("a", of) == {"standard"}
    assert lanes_led_by("b", of) == {"reasoning", "frontier"}
    assert lanes_led_by("nobody", of) == frozenset()


def rows() -> list[RunRecord]:
    return [a_record(each.run_id, cost_nanousd=each.cost_nanousd) for each in ANSWERS]


def test_a_row_for_each_answer_is_a_success() -> None:
    assert every_answer_is_in_the_ledger(ANSWERS, rows()).passed


def test_a_lost_row_a_stray_row_and_another_cost_fail() -> None:
    lost = every_answer_is_in_the_ledger(ANSWERS, rows()[1:])
    assert not lost.passed
    assert "run_1" in lost.said
    stray = every_answer_is_in_the_ledger(ANSWERS, [*rows(), a_record("run_9")])
    assert not stray.passed
    assert "1 row belongs to no answer" in stray.said
    dearer = every_answer_is_in_the_ledger(ANSWERS, [a_record("run_1", cost_nanousd=101), *rows()[1:]])
    assert not dearer.passed


def vendor_books(output_tokens: int) -> Books:
    books = Books(most_calls=10, most_log_rows=10)
    call = CallRecord(request_id="req_1", vendor="simopen", path="/", method="POST", started_at=0.0, model=MODEL.id)
    books.settle(call, MODEL, InputUsage(total=40), (output_tokens, 0))
    books.close(call, 1.0)
    return books


async def compared(books: Books) -> Check:
    cost = Cost(input=40 * MODEL.price.input_nanousd, output=7 * MODEL.price.output_nanousd)
    call = a_call(
        deployment=f"simopen/{MODEL.id}",
        model=MODEL.id,
        served_model=MODEL.id,
        input_tokens=40,
        output_tokens=7,
        cost=cost,
    )
    run = a_record(trace=a_trace(call), cost_nanousd=cost.total_nanousd)

    async def ledger() -> AsyncIterator[RunRecord]:
        yield run

    told = books.books_json()
    return ledger_equals_books(await reconcile(ledger(), told), told["total"]["charged_calls"])


async def test_a_ledger_equal_to_the_books_is_a_success() -> None:
    check = await compared(vendor_books(7))
    assert check.passed
    assert "1 paid calls agree" in check.said


async def test_books_that_are_one_token_off_fail_and_are_named() -> None:
    check = await compared(vendor_books(8))
    assert not check.passed
    assert "simopen/sim-small output_tokens: ledger 7, books 8 (-1)" in check.said
    assert "cost_nanousd" in check.said


def test_no_call_at_all_proves_nothing() -> None:
    assert not ledger_equals_books((), 0).passed
