"""A rate card bills each token once, at its own rate, and never more than its worst case."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.usage import Cost, RateCard, Usage

PRICE = st.integers(0, 100_000_000_000)
MAYBE = st.none() | PRICE
COUNT = st.integers(0, 200_000)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    plain, cached, written, answer, reasoning = (draw(COUNT) for _ in range(5))
    return Usage(
        input_tokens=plain + cached + written,
        cached_tokens=cached,
        cache_write_tokens=written,
        output_tokens=answer + reasoning,
        reasoning_tokens=reasoning,
    )


def test_each_part_at_its_own_rate() -> None:
    card = RateCard(input=1_000_000, cached=100_000, cache_write=1_250_000, output=4_000_000, reasoning=5_000_000)
    usage = Usage(input_tokens=60, cached_tokens=20, cache_write_tokens=10, output_tokens=50, reasoning_tokens=40)

    assert card.cost(usage) == Cost(input=30, cached=2, cache_write=13, reasoning=200, output=40)
    assert card.cost(usage).total_nanousd == 285


def test_a_long_input_is_billed_at_the_higher_price_as_a_whole() -> None:
    card = RateCard(input=1_000_000, output=0, above_tokens=200, above=RateCard(input=2_000_000, output=0))

    assert card.cost(Usage(input_tokens=200)).total_nanousd == 200
    assert card.cost(Usage(input_tokens=201)).total_nanousd == 402


@given(usages(), PRICE, PRICE, MAYBE, MAYBE, st.none() | st.tuples(PRICE, PRICE, COUNT))
def test_no_usage_within_its_bounds_costs_more_than_the_worst_case(
    usage: Usage,
    input_: int,
    output: int,
    written: int | None,
    reasoning: int | None,
    above: tuple[int, int, int] | None,
) -> None:
    card = RateCard(
        input=input_,
        output=output,
        cached=input_ // 10,
        cache_write=written,
        reasoning=reasoning,
        above_tokens=above[2] if above else None,
        above=RateCard(input=above[0], output=above[1]) if above else None,
    )

    worst = card.worst_case(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)

    assert card.cost(usage).total_nanousd <= worst
