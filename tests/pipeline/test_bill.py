"""What a call cost: the vendor's word where it gives one, a marked estimate where it worked, nothing where it did not."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Finish, Generation, Meter
from lanewise.core.caps import Spend
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import Adaptation, Amplification, Deployment, ModelFacts
from lanewise.core.protocols.provider import Call
from lanewise.core.record import CallRecord
from lanewise.core.request import Dialect, Earlier, Request
from lanewise.core.usage import MOST_TOKENS, RateCard, Usage
from lanewise.pipeline.attempt import Attempt
from lanewise.pipeline.bill import record_call, same_model, spent_of, worst_case
from lanewise.pipeline.run import Run
from pipeline.runs import ONE, a_run
from walking import PRICES, deployment, request

SMALL = deployment("alpha/small")


def call(of: Deployment = SMALL, asked: Request | None = None, **limits: Any) -> Call:
    return Call(request=asked or request(), deployment=of, stream=False, **({"max_output_tokens": 100} | limits))


def billed(generation: Generation, meter: Meter | None = None, of: Deployment = SMALL) -> CallRecord:
    return recorded(a_run(), call(of), meter or Meter(), generation)


def recorded(run: Run, made: Call, meter: Meter, generation: Generation, *, started_s: float = 0.0) -> CallRecord:
    attempt = Attempt(call=made, lane=ONE, reason="first")
    return record_call(run, attempt, meter, generation, number=0, started_s=started_s)


def whole(**details: Any) -> Generation:
    return Generation(dialect=SMALL.provider.dialect, **details)


def failed(kind: FailureKind, **details: Any) -> Generation:
    return whole(failure=Failure(kind=kind, message="no"), **details)


def shown(output: int, reasoning: int = 0, usage: Usage | None = None) -> Meter:
    meter = Meter()
    meter.first_output_s, meter.output_chars, meter.reasoning_chars, meter.usage = 0.0, output, reasoning, usage
    return meter


def test_the_vendor_s_own_usage_is_billed_as_it_stands() -> None:
    record = billed(whole(usage=Usage(input_tokens=1_000, output_tokens=10, raw=b'{"its":"words"}')))

    assert (record.cost.input, record.cost.output, record.estimated) == (1_000_000, 40_000, False)
    assert record.usage_raw == '{"its":"words"}'


@pytest.mark.parametrize(
    "told",
    [
        Usage(input_tokens=10**30, output_tokens=5, raw=b'{"its":"words"}'),
        Usage(input_tokens=10, output_tokens=MOST_TOKENS + 1, raw=b'{"its":"words"}'),
        Usage(input_tokens=10, output_tokens=5, tool_uses={"web_search": 10**9}, raw=b'{"its":"words"}'),
    ],
)
def test_a_vendor_that_tells_more_than_any_call_can_use_is_not_believed(told: Usage) -> None:
    made, meter = call(), shown(output=40)
    record = recorded(a_run(), made, meter, whole(usage=told, finish=Finish.STOP))
    assert (record.output_tokens, record.estimated, record.usage_raw) == (10, True, '{"its":"words"}')
    worst = worst_case(made, Amplification())
    _, spent = spent_of(record, made, meter, worst=worst, limits=Amplification())
    assert spent.nanousd <= worst.nanousd


@pytest.mark.parametrize("kind", [FailureKind.RATE_LIMITED, FailureKind.UNREACHABLE, FailureKind.BAD_REQUEST])
def test_a_call_that_was_refused_before_it_began_costs_nothing(kind: FailureKind) -> None:
    record = billed(failed(kind))
    assert (record.cost.total_nanousd, record.input_tokens, record.estimated) == (0, 0, False)


@pytest.mark.parametrize(
    "kind",
    [
        FailureKind.DEADLINE,
        FailureKind.IDLE_TIMEOUT,
        FailureKind.LATE_START,
        FailureKind.SLOW,
        FailureKind.OUTRUN,
        FailureKind.CANCELLED,
        FailureKind.SHUTDOWN,
        FailureKind.INTERNAL,
    ],
)
def test_a_call_that_a_vendor_worked_on_in_silence_is_billed_by_its_question(kind: FailureKind) -> None:
    record = billed(failed(kind))
    assert (record.input_tokens, record.output_tokens, record.estimated) == (7, 0, True)


@pytest.mark.parametrize("kind", [FailureKind.CONNECTION_LOST, FailureKind.CUT_STREAM, FailureKind.MALFORMED])
def test_an_answer_that_was_lost_on_its_way_is_billed_though_nothing_of_it_was_shown(kind: FailureKind) -> None:
    meter = Meter()
    meter.accepted, meter.output_chars = True, 40
    record = billed(failed(kind), meter)
    assert (record.input_tokens, record.output_tokens, record.estimated) == (7, 10, True)


@pytest.mark.parametrize("kind", [FailureKind.CONNECTION_LOST, FailureKind.MALFORMED])
def test_what_was_lost_before_an_answer_began_costs_nothing(kind: FailureKind) -> None:
    record = billed(failed(kind))
    assert (record.cost.total_nanousd, record.estimated) == (0, False)


@pytest.mark.parametrize(
    ("facts", "estimated"),
    [
        (ModelFacts(), False),
        (ModelFacts(thinking="effort", efforts=("low",)), True),
        (ModelFacts(thinking_always=True), True),
    ],
)
def test_an_error_before_any_word_may_come_after_much_thinking(facts: ModelFacts, estimated: bool) -> None:
    meter = Meter()
    meter.accepted = True
    record = billed(failed(FailureKind.OVERLOADED), meter, dataclasses.replace(SMALL, facts=facts))
    assert (record.input_tokens, record.estimated) == (7 if estimated else 0, estimated)


def test_what_a_vendor_told_before_its_error_is_kept_as_an_estimate() -> None:
    meter = Meter()
    meter.accepted, meter.usage = True, Usage(input_tokens=5)
    record = billed(failed(FailureKind.OVERLOADED), meter)
    assert (record.input_tokens, record.estimated) == (5, True)


def test_no_estimate_is_larger_than_the_call_s_cap() -> None:
    record = billed(failed(FailureKind.CUT_STREAM), shown(output=4_000_000))
    assert record.output_tokens == 100


def test_what_was_shown_before_a_cut_is_billed_thinking_included() -> None:
    record = billed(failed(FailureKind.CUT_STREAM), shown(output=9, reasoning=21))
    assert (record.output_tokens, record.reasoning_tokens, record.estimated) == (8, 6, True)


def test_what_a_vendor_told_before_a_cut_is_kept_and_the_rest_is_estimated() -> None:
    """Anthropic tells the input, cache and all, with its first event, and one token of output."""
    told = Usage(input_tokens=5_000, cached_tokens=4_000, output_tokens=1)
    record = billed(failed(FailureKind.CONNECTION_LOST), shown(output=400, usage=told))

    assert (record.input_tokens, record.cached_tokens, record.output_tokens) == (5_000, 4_000, 100)
    assert record.estimated


def test_a_whole_answer_without_usage_is_an_estimate_and_never_free() -> None:
    record = billed(whole(), shown(output=40))
    assert (record.input_tokens, record.output_tokens, record.estimated) == (7, 10, True)
    assert record.cost.total_nanousd > 0


@pytest.mark.parametrize(
    ("asked", "lane_says", "kept"), [("high", None, "high"), ("high", "low", "low"), (None, None, None)]
)
def test_the_effort_is_the_lane_s_else_the_caller_s(asked: str | None, lane_says: str | None, kept: str | None) -> None:
    made = call(asked=request(effort=asked), effort=lane_says)
    assert recorded(a_run(), made, Meter(), whole()).effort == kept


def test_an_unknown_price_is_flagged() -> None:
    record = billed(whole(usage=Usage(input_tokens=10)), of=dataclasses.replace(SMALL, prices=None))
    assert (record.priced, record.price_source, record.cost.total_nanousd) == (False, "unknown", 0)


def test_another_model_than_asked_for_is_billed_as_itself_where_its_price_is_known() -> None:
    record = billed(whole(usage=Usage(input_tokens=10), served_model="known-large"))
    assert (record.cost.total_nanousd, record.another_model, record.repriced) == (20_000, True, True)
    assert record.served_model == "known-large"


def test_another_model_of_unknown_price_is_billed_as_the_one_asked_for_and_the_record_says_so() -> None:
    record = billed(whole(usage=Usage(input_tokens=10), served_model="odd"))
    assert (record.cost.total_nanousd, record.another_model, record.repriced) == (10_000, True, False)
    assert record.price_source.endswith(f" for {record.model}, the served model's are unknown")


def test_another_model_where_no_price_is_known_at_all_is_flagged_as_both() -> None:
    record = billed(whole(usage=Usage(input_tokens=10), served_model="odd"), of=dataclasses.replace(SMALL, prices=None))
    assert (record.another_model, record.priced, record.price_source) == (True, False, "unknown")


@pytest.mark.parametrize(
    ("asked", "served", "same"),
    [
        ("gpt-5", "gpt-5-2026-01-31", True),
        ("gpt-5", "openai/gpt-5", True),
        ("claude-opus-4-latest", "claude-opus-4-20260131", True),
        ("Llama-4", "llama-4", True),
        ("gpt-5", "gpt-5-mini", False),
        ("gpt-5", "gpt-5.5", False),
        ("gpt-4o", "gpt-4", False),
    ],
)
def test_a_dated_name_is_the_same_model_and_a_smaller_sister_is_not(asked: str, served: str, same: bool) -> None:
    assert same_model(asked, served) is same


@given(
    text=st.text(max_size=40),
    tools=st.booleans(),
    images=st.integers(0, 3),
    choices=st.integers(1, 4),
    before=st.binary(max_size=4_000),
)
def test_no_call_costs_more_than_was_set_aside_for_it(
    text: str, tools: bool, images: int, choices: int, before: bytes
) -> None:
    """No tokenizer makes more tokens than bytes; each image and a tools prompt are the vendor's own additions."""
    earlier = Earlier(items=before) if before else None
    asked = request(text=text, has_tools=tools, image_count=images, choices=choices, earlier=earlier)
    most = Usage(
        input_tokens=len(asked.body) + len(before) + images * 5_000 + tools * 800,
        output_tokens=100 * choices,
        reasoning_tokens=50,
    )
    assert PRICES.cost(most).total_nanousd <= worst_case(call(asked=asked), Amplification()).nanousd


@pytest.mark.parametrize(("known", "most"), [(200_000, 200_000), (None, 1_000_000)])
def test_a_file_is_set_aside_for_as_all_that_the_model_can_read(known: int | None, most: int) -> None:
    reader = dataclasses.replace(SMALL, facts=ModelFacts(context_tokens=known))
    packed = worst_case(call(reader, asked=request(has_files=True)), Amplification()).nanousd
    assert packed >= PRICES.cost(Usage(input_tokens=most, output_tokens=100)).total_nanousd
    assert packed > worst_case(call(reader, asked=request()), Amplification()).nanousd


def test_a_model_of_unknown_price_is_set_aside_for_as_the_dearest_in_wide_use() -> None:
    dear = RateCard(input=15_000_000_000, output=75_000_000_000)
    unknown = worst_case(call(dataclasses.replace(SMALL, prices=None)), Amplification()).nanousd
    assert unknown >= worst_case(call(dataclasses.replace(SMALL, prices=dear)), Amplification()).nanousd


def test_times_are_counted_from_the_run_s_begin() -> None:
    run = a_run()
    run.parts.clock.time_s += 0.5  # type: ignore[attr-defined]  # a clock that is set
    meter = Meter()
    meter.first_output_s = run.started_monotonic_s + 0.75
    run.parts.clock.time_s += 1.0  # type: ignore[attr-defined]

    record = recorded(run, call(), meter, whole(), started_s=0.5)

    assert (record.started_us, record.first_token_us, record.latency_us) == (500_000, 250_000, 1_000_000)


def test_a_line_of_the_trace_can_be_written_as_json_though_the_vendor_s_usage_is_not_utf_8() -> None:
    line = msgspec.json.decode(msgspec.json.encode(billed(whole(usage=Usage(raw=b"\xff")))), type=CallRecord)
    assert line.usage_raw == "\N{REPLACEMENT CHARACTER}"


def test_a_loop_that_was_cut_off_is_billed_by_what_came_and_says_what_it_was_spared_at_most() -> None:
    record = billed(failed(FailureKind.LOOPING), shown(output=40))
    assert (record.output_tokens, record.estimated) == (10, True)
    assert (record.spared_tokens, record.spared_nanousd) == (90, 90 * 4_000)  # of a cap of 100, at $4 per million


def test_no_other_failure_has_spared_anything() -> None:
    for kind in FailureKind:
        if kind is not FailureKind.LOOPING:
            assert billed(failed(kind), shown(output=40)).spared_tokens == 0


@given(
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.sampled_from([FailureKind.CANCELLED, FailureKind.LOOPING, FailureKind.DEADLINE, FailureKind.CONNECTION_LOST]),
    st.sampled_from([None, 9_000_000_000]),
)
def test_a_call_that_was_cut_is_never_billed_above_what_was_set_aside_for_it(
    output: int, reasoning: int, kind: FailureKind, reasoning_price: int | None
) -> None:
    """A vendor's tokens may be longer than we reckon: whatever came, no more than the cap was generated."""
    dear = dataclasses.replace(SMALL, prices=msgspec.structs.replace(PRICES, reasoning=reasoning_price))
    record = billed(failed(kind), shown(output, reasoning), dear)
    assert record.cost.total_nanousd <= worst_case(call(dear), Amplification()).nanousd
    assert record.reasoning_tokens <= record.output_tokens <= 100


def counted(generation: Generation, meter: Meter, made: Call, **limits: Any) -> Spend:
    """What a call counts for in budgets."""
    of = Amplification(**limits)
    record = recorded(a_run(), made, meter, generation)
    record, spend = spent_of(record, made, meter, worst=worst_case(made, of), limits=of)
    assert spend.nanousd == record.cost.total_nanousd + record.held_nanousd
    assert spend.tokens == record.input_tokens + record.output_tokens + record.held_tokens
    assert spend.thinking_tokens == record.reasoning_tokens + record.held_thinking_tokens
    return spend


THINKER = dataclasses.replace(SMALL, facts=ModelFacts(thinking="effort", efforts=("low",)))


@pytest.mark.parametrize("kind", [FailureKind.CANCELLED, FailureKind.CUT_STREAM, FailureKind.LOOPING])
@pytest.mark.parametrize("of", [SMALL, THINKER], ids=["plain", "thinker"])
def test_what_was_cut_counts_with_its_worst_case_since_its_vendor_may_bill_that(
    kind: FailureKind, of: Deployment
) -> None:
    made = call(of)
    worst = worst_case(made, Amplification())
    assert counted(failed(kind), shown(output=40), made) == worst
    assert counted(failed(kind), shown(output=40), made, untold_usage="estimate").nanousd < worst.nanousd


def test_an_answer_that_was_to_come_whole_may_have_been_made_before_the_connection_broke() -> None:
    made = call()
    lost = failed(FailureKind.CONNECTION_LOST)
    assert counted(lost, Meter(), made) == worst_case(made, Amplification())
    assert counted(lost, Meter(), msgspec.structs.replace(made, stream=True)) == Spend(0)
    assert counted(failed(FailureKind.UNREACHABLE), Meter(), made) == Spend(0)


def test_of_a_whole_answer_without_usage_no_more_was_made_than_was_seen() -> None:
    """No tokenizer makes more tokens than bytes; but a model that thinks unseen may have made all that it was allowed."""
    made = call(max_output_tokens=1_000)
    answer = whole(finish=Finish.STOP)
    most = worst_case(msgspec.structs.replace(made, max_output_tokens=10 * 4 + 16), Amplification())
    assert counted(answer, shown(output=10), made) == most
    thought = msgspec.structs.replace(made, deployment=THINKER)
    assert counted(answer, shown(output=10), thought) == worst_case(thought, Amplification())


@given(st.builds(Usage, input_tokens=st.integers(0, 100), output_tokens=st.integers(0, 100)))
def test_what_a_vendor_tells_counts_as_it_is_told(usage: Usage) -> None:
    spend = counted(whole(usage=usage, finish=Finish.STOP), shown(output=4), call())
    assert spend == Spend(PRICES.cost(usage).total_nanousd, usage.input_tokens + usage.output_tokens)


RATED = dataclasses.replace(SMALL, prices=msgspec.structs.replace(PRICES, rates=(("flex", 500), ("priority", 2_000))))


def test_a_caller_s_wish_for_a_dearer_rate_is_set_aside_for_where_its_vendor_hears_of_it() -> None:
    usual = worst_case(call(RATED), Amplification()).nanousd
    wished = request(rate="priority")
    assert worst_case(call(RATED, asked=wished), Amplification()).nanousd == 2 * usual
    elsewhere = msgspec.structs.replace(wished, dialect=Dialect.ANTHROPIC_MESSAGES)
    assert worst_case(call(RATED, asked=elsewhere), Amplification()).nanousd == usual


def test_what_was_served_at_a_rate_nobody_knows_counts_with_its_worst_case() -> None:
    usage = Usage(input_tokens=10, output_tokens=5, rate="turbo")
    record = billed(whole(usage=usage), of=RATED)
    assert (record.rate, record.rate_unknown, record.cost.total_nanousd) == ("turbo", True, 30_000)
    made = call(RATED, asked=request(rate="turbo"))
    assert counted(whole(usage=usage), Meter(), made) == worst_case(made, Amplification())


def test_what_was_served_at_a_known_rate_costs_that() -> None:
    record = billed(whole(usage=Usage(input_tokens=10, output_tokens=5, rate="flex")), of=RATED)
    assert (record.rate, record.rate_unknown, record.cost.total_nanousd) == ("flex", False, 15_000)


def test_words_that_the_policy_adds_for_callers_of_another_dialect_are_set_aside_for() -> None:
    noted = dataclasses.replace(SMALL, adaptation=Adaptation(note="Grüße " * 100))
    usual = worst_case(call(noted), Amplification()).tokens
    elsewhere = request(dialect=Dialect.ANTHROPIC_MESSAGES)
    assert worst_case(call(noted, asked=elsewhere), Amplification()).tokens == usual + 800
