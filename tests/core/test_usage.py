"""A rate card bills each token once, at its own rate, and never more than its worst case."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from lanewise.core.money import cost_of
from lanewise.core.usage import Cost, RateCard, Usage

PRICE = st.integers(0, 100_000_000_000)
MAYBE = st.none() | PRICE
COUNT = st.integers(0, 200_000)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    plain, cached, written, answer, reasoning = (draw(COUNT) for _ in range(5))
    hour = draw(st.integers(0, written))
    return Usage(
        input_tokens=plain + cached + written,
        cached_tokens=cached,
        cache_write_tokens=written,
        cache_write_1h_tokens=hour,
        output_tokens=answer + reasoning,
        reasoning_tokens=reasoning,
    )


def test_each_part_at_its_own_rate() -> None:
    card = RateCard(input=1_000_000, cached=100_000, cache_write=1_250_000, output=4_000_000, reasoning=5_000_000)
    usage = Usage(input_tokens=60, cached_tokens=20, cache_write_tokens=10, output_tokens=50, reasoning_tokens=40)

    assert card.cost(usage) == Cost(input=30, cached=2, cache_write=13, reasoning=200, output=40)
    assert card.cost(usage).total_nanousd == 285


@given(PRICE, MAYBE, PRICE, COUNT, COUNT)
def test_a_call_that_used_neither_cache_nor_thinking_is_billed_as_if_it_had_used_none_of_each(
    input_price: int, cached_price: int | None, output_price: int, asked: int, said: int
) -> None:
    card = RateCard(input=input_price, cached=cached_price, output=output_price)
    parts = cost_of(((asked, input_price), *[(0, cached_price or input_price)] * 4, (said, output_price)))

    assert card.cost(Usage(input_tokens=asked, output_tokens=said)) == Cost(input=parts[0], output=parts[5])


def test_a_long_input_is_billed_at_the_higher_price_as_a_whole() -> None:
    card = RateCard(input=1_000_000, output=0, above_tokens=200, above=RateCard(input=2_000_000, output=0))

    assert card.cost(Usage(input_tokens=200)).total_nanousd == 200
    assert card.cost(Usage(input_tokens=201)).total_nanousd == 402


def test_a_cache_kept_for_an_hour_has_its_own_rate_or_that_of_any_write() -> None:
    usage = Usage(input_tokens=100, cache_write_tokens=80, cache_write_1h_tokens=50)
    card = RateCard(input=1_000_000, output=0, cache_write=1_250_000, cache_write_1h=2_000_000)

    assert card.cost(usage) == Cost(input=20, cache_write=38 + 100)  # 30 at 1.25 are 37.5
    assert card.worst_case(input_tokens=100, output_tokens=0) == 200
    assert RateCard(input=1_000_000, output=0, cache_write=3_000_000).cost(usage).cache_write == 240
    assert RateCard(input=1_000_000, output=0).cost(usage).cache_write == 80


def test_two_steps_hold_each_from_its_own_size_on_and_are_set_aside_for_only_where_they_can_be_reached() -> None:
    top = RateCard(input=5_000_000, output=9_000_000)
    middle = RateCard(input=2_000_000, output=4_000_000, above_tokens=500, above=top)
    card = RateCard(input=1_000_000, output=3_000_000, above_tokens=200, above=middle)

    for input_tokens, rates in ((200, card), (201, middle), (500, middle), (501, top)):
        expected = (input_tokens * rates.input + 10 * rates.output) // 1_000_000
        assert card.cost(Usage(input_tokens=input_tokens, output_tokens=10)).total_nanousd == expected
        assert card.worst_case(input_tokens=input_tokens, output_tokens=10) == expected


@st.composite
def cards(draw: st.DrawFn, steps: int = 2) -> RateCard:
    above = draw(st.none() | cards(steps - 1)) if steps else None
    return RateCard(
        input=draw(PRICE),
        output=draw(PRICE),
        cached=draw(MAYBE),
        cache_write=draw(MAYBE),
        cache_write_1h=draw(MAYBE),
        reasoning=draw(MAYBE),
        above_tokens=None if above is None else draw(COUNT),
        above=above,
    )


@settings(max_examples=200)
@given(usages(), cards(), COUNT, COUNT)
def test_no_usage_within_its_bounds_costs_more_than_the_worst_case(
    usage: Usage, card: RateCard, less_input: int, less_output: int
) -> None:
    worst_nanousd = card.worst_case(
        input_tokens=usage.input_tokens + less_input, output_tokens=usage.output_tokens + less_output
    )
    assert card.cost(usage).total_nanousd <= worst_nanousd


@given(
    st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**10), st.integers(0, 10**10)
)
def test_what_a_cache_saved_is_its_tokens_times_what_they_are_cheaper(
    plain: int, cached: int, written: int, price: int, cached_price: int
) -> None:
    card = RateCard(input=price, output=0, cached=cached_price, cache_write=price + 7)
    usage = Usage(input_tokens=plain + cached + written, cached_tokens=cached, cache_write_tokens=written)
    exact = cached * (price - cached_price) - written * 7
    assert abs(card.cache_saved(usage) * 1_000_000 - exact) < 1_000_000  # each of two calls is rounded up once
    assert card.cache_saved(Usage(input_tokens=plain)) == 0


RATED = RateCard(
    input=1_000_000, output=4_000_000, rates=(("flex", 500), ("priority", 2_500)), tool_fees=(("web_search", 7),)
)


def test_tokens_are_billed_at_the_rate_that_the_vendor_says_and_tools_at_their_fee() -> None:
    usage: dict[str, Any] = {"input_tokens": 60, "output_tokens": 50, "tool_uses": {"web_search": 3, "code": 2}}
    assert RATED.cost(Usage(**usage)) == Cost(input=60, output=200, tools=21)
    assert RATED.cost(Usage(**usage, rate="flex")) == Cost(input=30, output=100, tools=21)
    assert RATED.cost(Usage(**usage, rate="priority")) == Cost(input=150, output=500, tools=21)
    assert RATED.cost(Usage(**usage, rate="odd")) == Cost(input=60, output=200, tools=21)
    assert (RATED.thousandths("odd"), RATED.thousandths(""), RATED.thousandths("flex")) == (None, 1_000, 500)
    assert RATED.unpriced_uses({"web_search": 3, "code": 2}) == 2


def test_some_fees_are_billed_once_a_call_and_some_at_every_call() -> None:
    card = RateCard(
        input=0,
        output=0,
        tool_fees=(("web_search", 7), ("maps", 5)),
        fees_per_call=("web_search",),
        fees_always=("maps",),
    )
    uses: list[dict[str, int] | None] = [None, {}, {"web_search": 3}, {"web_search": 3, "maps": 2}, {"web_search": 0}]
    assert [card.cost(Usage(output_tokens=1, tool_uses=each)).tools for each in uses] == [5, 5, 12, 17, 5]
    assert card.cost(Usage()).tools == 0
    assert card.untold_fees == 5


def test_a_rate_holds_for_long_inputs_too() -> None:
    long = RateCard(
        input=1_000_000, output=0, above_tokens=200, above=RateCard(input=2_000_000, output=0), rates=RATED.rates
    )
    assert long.cost(Usage(input_tokens=300, rate="flex")).total_nanousd == 300
    assert long.worst_case(input_tokens=300, output_tokens=0, rate="priority") == 1_500


def test_what_a_caller_asks_for_is_set_aside_for_whether_it_is_given_or_not() -> None:
    sizes: dict[str, Any] = {"input_tokens": 60, "output_tokens": 50}
    assert RATED.worst_case(**sizes) == RATED.worst_case(**sizes, rate="flex") == 260
    assert RATED.worst_case(**sizes, rate="priority") == 650
    assert RATED.worst_case(**sizes, rate="odd") >= 650, "nobody knows it: the dearest in wide use"


@given(usages(), cards(), st.sampled_from(["", "flex", "priority", "odd"]), st.integers(0, 10_000))
def test_parts_sum_to_the_cost_at_any_rate_and_none_is_above_the_worst_case(
    usage: Usage, card: RateCard, rate: str, thousandths: int
) -> None:
    card = msgspec.structs.replace(card, rates=(("flex", 500), ("priority", thousandths)))
    cost = card.cost(msgspec.structs.replace(usage, rate=rate))
    assert cost.total_nanousd == sum(getattr(cost, part) for part in Cost.__struct_fields__)
    asked = card.worst_case(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens, rate=rate)
    assert cost.total_nanousd <= asked
