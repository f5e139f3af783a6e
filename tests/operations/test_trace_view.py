from __future__ import annotations

import io

import msgspec
import pytest

from lanewise.core.events import Degraded
from lanewise.core.record import CheckRecord, Recalled, RunRecord
from lanewise.core.refusal import Refusal
from lanewise.core.usage import Cost
from lanewise.operations.render import show
from lanewise.operations.trace_view import run_tree
from lanewise.stores.records import StoredRun
from stores.samples import a_call, a_record, a_trace


def shown(record: RunRecord, *, has_trace: bool = True) -> str:
    file = io.StringIO()
    show(run_tree(StoredRun(record=record, has_trace=has_trace)), file)
    return file.getvalue()


FAILED = a_call(
    name="reasoning/call-0", lane="reasoning", deployment="anthropic/claude-opus-4-7", model="claude-opus-4-7", served_model="",
    effort="high",
    thinking_budget_tokens=16_384, failure="overloaded", status=529, message="Overloaded, [bold]try[/bold] later", finish=None,
    input_tokens=0, output_tokens=0, cost=Cost(), latency_us=30_000, first_token_us=None, dropped=("temperature: thinking is on",),
)  # fmt: skip
ANSWERED = a_call(
    name="reasoning/call-1", lane="reasoning", deployment="openai/gpt-5.5", model="gpt-5.5", served_model="gpt-5.5-2026-04-23", iteration=1,
    reason="fallback: overloaded", started_us=31_000, cached_tokens=64, reasoning_tokens=40, vendor_request_id="req_7",
    cost=Cost(input=10_000, cached=1_000, reasoning=200_000, output=50_000), repriced=True,
)  # fmt: skip


def test_it_tells_the_whole_run_in_order() -> None:
    trace = a_trace(
        FAILED, ANSWERED,
        degraded=(Degraded(reason="fallback: overloaded", from_="anthropic/claude-opus-4-7", to="openai/gpt-5.5"),),
        checks=(CheckRecord(verifier="math_answer", kind="proof", verdict="accept", score=1.0, passed=True, latency_us=900),),
    )  # fmt: skip
    record = a_record(
        "run_1", outcome="fallback", lane="reasoning", user="ada", feature="review", calls=2, trace=trace, degraded=True
    )
    text = shown(record)
    expected = [
        "run_1  fallback  1.0 s  $0.00030  2026-09-21T14:13:20.000+00:00",
        "tenant acme, key key_1, user ada, feature review, task summarize",
        "routed: 'auto' → lane reasoning because rule:1",
        "propensity 1, policy abc123",
        "features: task=summarize, input_chars=400, tools=False",
        "calls: 2",
        "reasoning/call-0: anthropic/claude-opus-4-7 (first) overloaded",
        "30 ms from 0 µs on, first token -, effort high, thinking budget 16,384 tokens",
        "failed: HTTP 529: Overloaded, [bold]try[/bold] later",
        "dropped temperature: thinking is on",
        "reasoning/call-1: openai/gpt-5.5 served as gpt-5.5-2026-04-23 (fallback: overloaded) stop ← the answer",
        "900 ms from 31 ms on, first token 200 ms",
        "tokens: input 100, cached 64, output 50, thinking 40",
        "cost: $0.00026 (input $0.000010, cached $0.0000010, reasoning $0.00020, output $0.000050; prices: genai-prices, as the model",
        "vendor's id req_7",
        "check math_answer (proof): accept, score 1 in 900 µs",
        "degraded: anthropic/claude-opus-4-7 → openai/gpt-5.5 (fallback: overloaded)",
        "outcome: fallback, HTTP 200, verdict unchecked",
        "cost: $0.00030 (input $0.00010, output $0.00020)",
    ]
    at = -1
    for line in expected:
        found = text.find(line, at + 1)
        assert found > at, f"{line!r} is missing or out of order in\n{text}"
        at = found


def lines(record: RunRecord) -> list[str]:
    """What is said, without the tree's branches."""
    return [line.lstrip("│├└─ ").rstrip() for line in shown(record).splitlines()]


def test_a_hedge_is_told_apart_from_the_call_it_outran() -> None:
    slow = a_call(
        name="standard/call-0", deployment="alpha/small", failure="outrun", message="cancelled", estimated=True
    )
    twin = a_call(name="standard/call-1", deployment="beta/small", reason="hedge", iteration=1)
    said = lines(a_record(calls=2, trace=a_trace(slow, twin)))
    assert "standard/call-0: alpha/small (first) outrun" in said
    assert "outrun: its twin was faster; what it had done until then is billed" in said
    assert not any(line.startswith("failed:") for line in said)
    (won,) = (line for line in said if line.startswith("standard/call-1: beta/small"))
    assert won.endswith("(hedge) stop ← the answer")
    assert "beside a call that was slow: the first to show something answers" in said


def test_a_call_that_was_cut_off_in_a_loop_says_what_that_saved_at_most() -> None:
    looped = a_call(
        failure="looping", status=None, message="it only repeats itself", spared_tokens=3_000, spared_nanousd=12_000_000
    )
    said = lines(a_record(failure="looping", trace=a_trace(looped)))
    assert "failed: it only repeats itself" in said
    assert "cut off early: saved at most 3,000 tokens, $0.012 (up to its cap)" in said


def test_a_stream_that_was_ended_once_verified_says_so() -> None:
    ended = a_call(ended_early=True, spared_tokens=3_000, spared_nanousd=12_000_000)
    said = lines(a_record(trace=a_trace(ended)))
    assert "ended early, its answer was verified: saved at most 3,000 tokens, $0.012 (up to its cap)" in said


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("wider: length", "with more room, or less thinking"),
        ("degraded: slow", "in a faster lane"),
        ("waited: resting", "after a wait"),
        ("classify", "to be told how difficult the request is; not the answer"),
    ],
)
def test_why_a_call_was_made_is_said_where_its_reason_alone_does_not(reason: str, says: str) -> None:
    assert any(line.startswith(says) for line in lines(a_record(trace=a_trace(a_call(reason=reason)))))


def test_the_classifier_s_answer_is_not_taken_for_the_run_s() -> None:
    asked = a_call(name="classify/call-0", lane="classify", reason="classify")
    said = lines(a_record(calls=2, trace=a_trace(asked, a_call(name="standard/call-1", iteration=1))))
    assert [line.split(":")[0] for line in said if line.endswith("← the answer")] == ["standard/call-1"]


def test_a_run_that_failed_has_no_answer() -> None:
    record = a_record(outcome="failure", failure="deadline", trace=a_trace(a_call(failure="deadline")))
    assert "← the answer" not in shown(record)


def test_a_wait_a_note_and_a_lane_that_stood_in_are_said() -> None:
    faster = Degraded(reason="degraded: overloaded", from_="reasoning", to="standard", lane="standard")
    trace = a_trace(degraded=(faster,), note="lane reasoning usually takes 41 s")
    said = lines(a_record(degraded=True, waited_us=4_000_000, trace=trace))
    assert "waited: 4.0 s of the time, until somebody might be back" in said
    assert "note: lane reasoning usually takes 41 s" in said
    assert "degraded: lane reasoning → lane standard (degraded: overloaded)" in said


def test_who_refused_and_where_to_appeal_is_said() -> None:
    refusal = Refusal(policy="tenant.daily", reason="The budget does not hold this call")
    said = lines(a_record(outcome="refused", failure="budget", trace=a_trace(refusal=refusal)))
    assert "refused by tenant.daily: The budget does not hold this call (appeal: contact your operator)" in said


def test_another_model_than_was_asked_for_is_said() -> None:
    call = a_call(model="gpt-5.5", served_model="gpt-5.4-nano", another_model=True, price_source="list for gpt-5.5")
    text = shown(a_record("run_1", trace=a_trace(call)))
    assert "served as gpt-5.4-nano, another model than was asked for" in text
    assert "prices: list for gpt-5.5)" in text


def test_an_unknown_price_is_said_and_not_shown_as_nothing() -> None:
    record = a_record("run_1", unpriced_calls=1, trace=a_trace(a_call(priced=False, cost=Cost(), estimated=True)))
    text = shown(record)
    assert "cost: unknown, nobody knows this model's price" in text
    assert "1 call of unknown price not in it" in text
    assert "(estimated: the vendor told none)" in text


def test_an_expired_trace_is_said() -> None:
    assert "calls: 1; their trace has expired" in shown(a_record("run_1"), has_trace=False)


def test_an_answer_that_was_given_again_says_whose_it_was() -> None:
    recalled = Recalled(kind="exact", run_id="run_paid", age_us=90_000_000, saved_nanousd=1_500_000)
    record = msgspec.structs.replace(a_record(calls=0, cost_nanousd=0), trace=a_trace(recalled=recalled))
    assert "given again: the answer of run_paid, 90.0 s old, found by exact name; saved $0.0015" in shown(record)
