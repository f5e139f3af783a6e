"""A vendor's own tools are set aside for: all that the model can read, and a fee for each use."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from lanewise.core.answer import Generation, Meter
from lanewise.core.failure import FailureKind
from lanewise.core.policy import Amplification, Deployment, ModelFacts
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.request import Request
from lanewise.core.usage import Usage
from lanewise.pipeline.bill import worst_case
from lanewise.pipeline.vendor_tools import most_fees_nanousd, untold_fees_nanousd
from pipeline.runs import a_walk, spent_nanousd
from walking import CALLER, PRICES, answers, deployment, fails, lane, request

LIMITS = Amplification(max_vendor_tool_uses=4, vendor_tool_fee_nanousd=10_000_000)
READER = dataclasses.replace(deployment("alpha/small"), facts=ModelFacts(context_tokens=50_000))
SEARCH = request(vendor_tools=True, has_tools=True, max_output_tokens=100)


def call(asked: Request = SEARCH, of: Deployment = READER) -> Call:
    return Call(request=asked, deployment=of, stream=False, max_output_tokens=100)


@pytest.mark.parametrize(("allowed", "uses"), [(None, 4), (2, 2), (0, 0), (9, 9)])
def test_as_many_uses_are_set_aside_for_as_the_request_allows_else_as_the_policy_says(
    allowed: int | None, uses: int
) -> None:
    asked = msgspec.structs.replace(SEARCH, vendor_tool_uses=allowed)
    assert most_fees_nanousd(call(asked), LIMITS) == uses * 10_000_000


def test_what_they_find_may_fill_all_that_the_model_can_read() -> None:
    most = PRICES.cost(Usage(input_tokens=50_000, output_tokens=100)).total_nanousd
    assert worst_case(call(), LIMITS).nanousd == most + 4 * 10_000_000
    assert worst_case(call(), LIMITS).tokens == 50_100


def test_without_them_nothing_is_added() -> None:
    plain = call(request(has_tools=True))
    assert most_fees_nanousd(plain, LIMITS) == untold_fees_nanousd(plain, LIMITS, None) == 0
    assert worst_case(plain, LIMITS).tokens < 5_000


def test_a_model_on_one_s_own_machine_takes_no_fees() -> None:
    here = dataclasses.replace(READER, provider=dataclasses.replace(READER.provider, local=True))
    assert most_fees_nanousd(call(of=here), LIMITS) == 0


KNOWN = dataclasses.replace(
    READER, prices=msgspec.structs.replace(PRICES, tool_fees=(("web_search", 3_000_000), ("file_search", 40_000_000)))
)


@pytest.mark.parametrize(
    ("told", "of_unknown_fee", "of_known_fee"),
    [
        (None, 4 * 10_000_000, 4 * 40_000_000),
        ({}, 0, 0),
        ({"web_search": 7}, 7 * 10_000_000, 0),
        ({"web_search": 1, "code_interpreter": 2}, 3 * 10_000_000, 2 * 10_000_000),
    ],
)
def test_uses_whose_fee_nobody_knows_are_held_and_all_that_was_set_aside_for_where_the_vendor_tells_none(
    told: dict[str, int] | None, of_unknown_fee: int, of_known_fee: int
) -> None:
    assert untold_fees_nanousd(call(), LIMITS, told) == of_unknown_fee
    assert untold_fees_nanousd(call(of=KNOWN), LIMITS, told) == of_known_fee


def test_the_dearest_known_fee_is_set_aside_where_it_is_above_the_policy_s() -> None:
    assert most_fees_nanousd(call(of=KNOWN), LIMITS) == 4 * 40_000_000


ALWAYS = dataclasses.replace(
    READER,
    prices=msgspec.structs.replace(PRICES, tool_fees=(("web_search", 25_000_000),), fees_always=("web_search",)),
)
PLAIN = request(max_output_tokens=100)


def test_a_model_that_always_searches_is_set_aside_for_though_nobody_asked() -> None:
    assert most_fees_nanousd(call(PLAIN, ALWAYS), LIMITS) == 25_000_000
    assert most_fees_nanousd(call(of=ALWAYS), LIMITS) == 4 * 25_000_000
    assert worst_case(call(PLAIN, ALWAYS), LIMITS).tokens == 50_100, "what it finds may fill all that it can read"
    assert worst_case(call(PLAIN), LIMITS).tokens < 5_000


async def test_its_fee_is_billed_and_what_more_it_may_have_searched_is_held() -> None:
    walk = a_walk(lane("standard", deployments=(ALWAYS,)), {"alpha/small": [answers()] * 2}, amplification=LIMITS)
    plain, asked = [(await walk.gateway.answer(each, CALLER, walk.emit)).record for each in (PLAIN, SEARCH)]
    assert (plain.cost_tools, plain.held_nanousd) == (25_000_000, 0)
    assert (asked.cost_tools, asked.held_nanousd) == (25_000_000, 3 * 25_000_000)


async def test_uses_of_known_fee_are_a_part_of_the_cost() -> None:
    async def searches(of: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        usage = Usage(input_tokens=10, output_tokens=5, tool_uses={"web_search": 2})
        return msgspec.structs.replace(await answers()(of, meter, on_deltas), usage=usage)

    walk = a_walk(lane("standard", deployments=(KNOWN,)), {"alpha/small": [searches]}, amplification=LIMITS)
    record = (await walk.gateway.answer(SEARCH, CALLER, walk.emit)).record
    assert (record.cost_tools, record.cost_nanousd, record.held_nanousd) == (6_000_000, 6_030_000, 0)
    assert spent_nanousd(walk) == 6_030_000


async def test_their_fees_count_in_the_budget_and_are_in_the_row_beside_the_cost() -> None:
    walk = a_walk(lane("standard", deployments=(READER,)), {"alpha/small": [answers()]}, amplification=LIMITS)
    answer = await walk.gateway.answer(SEARCH, CALLER, walk.emit)
    assert (answer.record.cost_nanousd, answer.record.held_nanousd) == (30_000, 40_000_000)
    assert spent_nanousd(walk) == 40_030_000


async def test_a_call_that_a_vendor_refused_took_none() -> None:
    walk = a_walk(
        lane("standard", deployments=(READER,)), {"alpha/small": [fails(FailureKind.BAD_REQUEST)]}, amplification=LIMITS
    )
    await walk.gateway.answer(SEARCH, CALLER, walk.emit)
    assert spent_nanousd(walk) == 0


async def test_what_a_vendor_bills_beyond_what_was_set_aside_counts_and_is_told() -> None:
    async def bills_more(of: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        usage = Usage(input_tokens=60_000, output_tokens=100, tool_uses={"web_search": 9})
        return msgspec.structs.replace(await answers()(of, meter, on_deltas), usage=usage)

    walk = a_walk(lane("standard", deployments=(READER,)), {"alpha/small": [bills_more]}, amplification=LIMITS)
    answer = await walk.gateway.answer(SEARCH, CALLER, walk.emit)
    (made,) = answer.record.trace.calls
    assert made.over_nanousd == 10_000 * 1_000 + 5 * 10_000_000
    assert spent_nanousd(walk) == 60_400_000 + 90_000_000
