"""What a caller is told about its run: exact money, and every downgrade."""

from __future__ import annotations

import msgspec

from lanewise.core.events import Degraded
from lanewise.core.plan import Timing
from lanewise.core.refusal import Refusal
from lanewise.server import outcome
from stores.samples import a_call, a_record, a_trace

USUAL = Timing(p50_s=12.0, p95_s=41.2349, first_token_p95_s=2.5, cost_nanousd=7.0, calls=99)
SWITCHED = Degraded(reason="fallback: overloaded", from_="alpha/small", to="beta/large")


def test_an_ordinary_run_is_told_in_these_words_and_no_others() -> None:
    assert msgspec.json.decode(outcome.told(a_record())) == {
        "run": "run_1",
        "lane": "standard",
        "deployment": "openai/gpt-5.4-mini",
        "model": "gpt-5.4-mini",
        "outcome": "success",
        "verdict": "unchecked",
        "reason": "rule:1",
        "calls": 1,
        "cost_usd": 0.0003,
        "cost_nanousd": 300_000,
        "latency_ms": 1000.0,
    }


def test_what_is_out_of_the_ordinary_is_added() -> None:
    trace = a_trace(a_call(), a_call(dropped=("temperature: fixed",)), degraded=(SWITCHED,))
    told = msgspec.json.decode(outcome.told(a_record(trace=trace, estimated=True, unpriced_calls=1, degraded=True)))

    assert told["degraded"] == [{"reason": "fallback: overloaded", "from": "alpha/small", "to": "beta/large"}]
    assert told["dropped"] == ["temperature: fixed"]
    assert (told["estimated"], told["unpriced_calls"]) == (True, 1)


def test_another_model_than_was_asked_for_is_told_with_the_one_it_stands_for() -> None:
    trace = a_trace(a_call(model="large", served_model="small", another_model=True))
    told = msgspec.json.decode(outcome.told(a_record(trace=trace, served_model="small")))
    assert (told["model"], told["instead_of"]) == ("small", "large")


def test_it_is_the_answering_call_that_is_told_of_not_one_that_failed_after_it_or_was_outrun() -> None:
    answered = a_call(model="large", another_model=True, dropped=("temperature: fixed",))
    wider = a_call(model="other", another_model=True, reason="wider: length", failure="overloaded", dropped=("n: no",))
    outrun = a_call(model="slow", another_model=True, failure="outrun")
    aside = a_call(model="tiny", another_model=True, lane="classify", reason="classify")
    told = msgspec.json.decode(outcome.told(a_record(trace=a_trace(aside, answered, outrun, wider))))
    assert (told["instead_of"], told["dropped"]) == ("large", ["temperature: fixed"])


def test_how_long_the_lane_usually_takes_is_told_and_what_it_costs_others_is_not() -> None:
    told = msgspec.json.decode(outcome.told(a_record(), USUAL))
    assert told["expected"] == {"p50_s": 12.0, "p95_s": 41.235, "first_token_p95_s": 2.5}
    assert dict(outcome.headers(a_record(), USUAL))[b"x-lanewise-expected"] == b"p50=12.0s, p95=41.2s"


def test_what_takes_less_than_a_second_is_told_in_hundredths() -> None:
    assert outcome.expected_header(Timing(p50_s=0.044, p95_s=0.5)) == b"p50=0.04s, p95=0.50s"


def test_a_wait_and_a_note_are_told() -> None:
    trace = a_trace(note="lane reasoning would take 41 s")
    told = msgspec.json.decode(outcome.told(a_record(trace=trace, waited_us=2_500_000)))
    assert (told["waited_ms"], told["note"]) == (2500.0, "lane reasoning would take 41 s")


def test_a_note_on_the_choice_of_lane_and_calls_made_because_another_was_slow_are_told() -> None:
    trace = a_trace(a_call(failure="outrun"), a_call(reason="hedge"), note="Lane reasoning takes 40 s")
    told = msgspec.json.decode(outcome.told(a_record(trace=trace, calls=2)))
    assert (told["note"], told["hedged"]) == ("Lane reasoning takes 40 s", 1)


def test_a_refusal_is_told_with_its_policy_its_reason_and_where_to_turn_to() -> None:
    trace = a_trace(
        refusal=Refusal(policy="vendor_content_filter", reason="The vendor's content filter ended the answer")
    )
    told = msgspec.json.decode(outcome.told(a_record(trace=trace, outcome="refused")))
    assert told["refusal"] == {
        "policy": "vendor_content_filter",
        "reason": "The vendor's content filter ended the answer",
        "appeal": "contact your operator",
    }


def test_a_run_that_made_no_call_is_told_too() -> None:
    refused = a_record(trace=msgspec.structs.replace(a_trace(), calls=()), calls=0, cost_nanousd=0, outcome="refused")
    assert msgspec.json.decode(outcome.told(refused))["calls"] == 0


def test_headers_give_the_cost_to_the_nano_dollar_and_where_the_time_went() -> None:
    trace = a_trace(a_call(latency_us=400_000), a_call(latency_us=500_000))
    headers = dict(outcome.headers(a_record(trace=trace, cost_nanousd=1)))
    assert headers == {
        b"x-lanewise-run": b"run_1",
        b"x-lanewise-lane": b"standard",
        b"x-lanewise-verdict": b"unchecked",
        b"x-lanewise-cost": b"0.000000001",
        b"server-timing": b"total;dur=1000.000, upstream;dur=900.000",
    }


def test_every_downgrade_is_in_its_header_in_order() -> None:
    again = Degraded(reason="outage", from_="beta/large", to="gämma/模型")
    headers = dict(outcome.headers(a_record(trace=a_trace(degraded=(SWITCHED, again)))))
    assert headers[b"x-lanewise-degraded"] == (
        b"fallback: overloaded; from=alpha/small; to=beta/large, outage; from=beta/large; to=g\xe4mma/??"
    )
