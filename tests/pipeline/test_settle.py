"""A run's row: what the caller saw, what every call cost together, and that handing it over is not forgotten."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from lanewise.core.answer import Content, Finish, Generation
from lanewise.core.events import Degraded
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.keeping import Record
from lanewise.core.record import CallRecord, RunRecord
from lanewise.core.refusal import Refusal
from lanewise.core.request import Dialect, Hints
from lanewise.core.usage import Cost
from lanewise.pipeline.reactions import NOT_GIVEN, OUR_LIMITS
from lanewise.pipeline.settle import refusal_of, settle, status_of
from lanewise.wire import OUTBOUND
from pipeline.runs import a_run, a_walk
from walking import request

CHAT = Dialect.OPENAI_CHAT
ANSWER = Generation(dialect=CHAT, body=b"{}")


def line(deployment: str, *, started_us: int = 0, first_token_us: int | None = None, cost: int = 10) -> CallRecord:
    return CallRecord(
        name="standard/call-0",
        lane="standard",
        deployment=deployment,
        model="m",
        started_us=started_us,
        first_token_us=first_token_us,
        input_tokens=100,
        cached_tokens=40,
        output_tokens=20,
        reasoning_tokens=5,
        cost=Cost(input=cost, output=2 * cost),
    )


def failure(kind: FailureKind, status: int | None = None) -> Failure:
    return Failure(kind=kind, message="no", status=status)


@pytest.mark.parametrize(
    ("kind", "vendor_s", "seen"),
    [
        (FailureKind.BAD_REQUEST, 413, 413),
        (FailureKind.BAD_REQUEST, 422, 422),
        (FailureKind.BAD_REQUEST, None, 400),
        (FailureKind.VENDOR_ACCESS, 401, 502),  # the gateway's key is not the caller's fault
        (FailureKind.VENDOR_ACCESS, 404, 502),
        (FailureKind.SERVER_ERROR, 500, 503),
        (FailureKind.OVERLOADED, 529, 503),
        (FailureKind.RATE_LIMITED, 429, 429),
        (FailureKind.RESTING, None, 503),
        (FailureKind.DEADLINE, None, 504),
        (FailureKind.IDLE_TIMEOUT, None, 504),
        (FailureKind.LATE_START, None, 504),
        (FailureKind.SLOW, None, 504),
        (FailureKind.LOOPING, None, 502),
        (FailureKind.AMPLIFICATION, None, 429),
        (FailureKind.INTERNAL, None, 500),
    ],
)
def test_a_status_says_whose_fault_it_is(kind: FailureKind, vendor_s: int | None, seen: int) -> None:
    assert status_of(failure(kind, vendor_s)) == seen


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_is_an_error_to_the_caller(kind: FailureKind) -> None:
    assert 400 <= status_of(failure(kind)) < 600


async def test_what_several_calls_used_is_summed_and_the_last_one_s_answer_named() -> None:
    run = a_run(asked=request(hints=Hints(user="ada", task="sum"), request_id="r-1"))
    run.calls += [
        replace_call(line("alpha/small"), priced=False),
        line("beta/large", started_us=7_000, first_token_us=500),
    ]
    run.degraded.append(Degraded(reason="fallback: overloaded", from_="alpha/small", to="beta/large"))

    record, durable = settle(run, ANSWER)
    await durable

    assert (record.outcome, record.deployment, record.calls, record.unpriced_calls) == ("fallback", "beta/large", 2, 1)
    assert (record.input_tokens, record.cached_tokens, record.output_tokens, record.reasoning_tokens) == (
        200,
        80,
        40,
        10,
    )
    assert (record.cost_input, record.cost_output, record.cost_nanousd) == (20, 40, 60)
    assert record.first_token_us == 7_500
    assert (record.user, record.task, record.request_id) == ("ada", "sum", "r-1")
    assert record.trace.calls == tuple(run.calls)


def replace_call(call: CallRecord, **changes: object) -> CallRecord:
    return msgspec.structs.replace(call, **changes)


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (FailureKind.CANCELLED, "cancelled"),
        (FailureKind.BUDGET, "refused"),
        (FailureKind.AMPLIFICATION, "refused"),
        (FailureKind.CONTENT_FILTER, "refused"),
        (FailureKind.OVERLOADED, "failure"),
        (FailureKind.DEADLINE, "failure"),
    ],
)
async def test_each_end_has_its_outcome(kind: FailureKind, outcome: str) -> None:
    record, durable = settle(a_run(), Generation(dialect=CHAT, failure=failure(kind)))
    await durable
    assert (record.outcome, record.failure, record.calls, record.cost_nanousd) == (outcome, kind, 0, 0)


async def test_what_calls_are_held_to_beyond_their_cost_stands_in_the_row_so_that_a_restart_knows_it() -> None:
    walk = a_walk()
    run = a_run(walk)
    held = {"held_nanousd": 7, "held_tokens": 300, "held_thinking_tokens": 20}
    run.calls = [line("alpha/small"), msgspec.structs.replace(line("beta/large"), **held)]
    record, durable = settle(run, ANSWER)
    await durable
    assert {name: getattr(record, name) for name in held} == held
    assert walk.ledger.records == [record]


async def test_a_retry_at_the_same_deployment_is_no_fallback() -> None:
    run = a_run()
    run.calls += [line("alpha/small"), line("alpha/small")]
    record, _ = settle(run, ANSWER)
    assert record.outcome == "success"


async def test_every_observer_is_told_of_the_very_row_that_is_kept() -> None:
    walk, seen = a_walk(), list[RunRecord]()
    walk.gateway.parts = replace(walk.gateway.parts, observers=(seen.append, seen.append))

    record, _ = settle(a_run(walk), ANSWER)

    assert seen == [record, record]
    assert walk.ledger.records == [record]


async def test_a_captured_stream_keeps_its_meaning_where_there_is_no_body() -> None:
    walk = a_walk(record=Record(content="full"))
    settle(a_run(walk), Generation(dialect=CHAT, content=Content(text="Eight.", reasoning="hm")))

    kept = walk.ledger.contents[0]
    assert kept is not None
    assert msgspec.json.decode(kept.answer, type=Content) == Content(text="Eight.", reasoning="hm")


def test_a_vendor_that_redirects_is_not_handed_on_as_a_redirect_to_nowhere() -> None:
    assert status_of(OUTBOUND[CHAT].read_failure(307, {}, b"")) >= 400


async def test_the_decision_is_kept_as_it_was_made() -> None:
    """Off-policy estimates divide by the propensity: a wrong one is worse than none."""
    run = a_run()
    run.plan = msgspec.structs.replace(
        run.plan, reason="rule:2", propensity=0.25, features={"task": "proof", "tools": True}
    )
    trace = settle(run, ANSWER)[0].trace
    assert (trace.reason, trace.propensity, trace.features) == ("rule:2", 0.25, {"task": "proof", "tools": True})
    assert trace.policy_version == run.policy.version


@pytest.mark.parametrize(
    ("kind", "code", "policy"),
    [
        (FailureKind.CONTENT_FILTER, "ResponsibleAIPolicyViolation", "vendor_content_filter"),
        (FailureKind.BUDGET, "tenant.daily", "tenant.daily"),
        (FailureKind.AMPLIFICATION, "limits.max_calls", "limits.max_calls"),
        (FailureKind.BUDGET, None, "budget"),
    ],
)
def test_a_decision_against_a_request_says_by_which_policy_and_where_to_turn_to(
    kind: FailureKind, code: str | None, policy: str
) -> None:
    refused = Failure(kind=kind, message="It was about glue", code=code)
    assert refusal_of(refused) == Refusal(policy=policy, reason="It was about glue", appeal="contact your operator")


def test_what_nobody_decided_is_no_refusal() -> None:
    decided = {kind for kind in FailureKind if refusal_of(failure(kind)) is not None}
    assert decided == NOT_GIVEN | {FailureKind.CONTENT_FILTER, *OUR_LIMITS}


async def test_an_answer_that_a_vendor_s_filter_ended_is_a_refusal_though_it_came_as_an_answer() -> None:
    run = a_run()
    run.degraded.append(Degraded(reason="fallback: overloaded", from_="alpha/small", to="beta/large"))
    record, _ = settle(run, Generation(dialect=CHAT, body=b"{}", finish=Finish.CONTENT_FILTER))

    assert (record.outcome, record.failure, record.status, record.degraded) == ("refused", None, 200, True)
    refusal = record.trace.refusal
    assert refusal is not None
    assert refusal.policy == "vendor_content_filter"


async def test_an_ordinary_answer_carries_no_refusal() -> None:
    assert settle(a_run(), ANSWER)[0].trace.refusal is None


async def test_calls_stand_in_the_order_in_which_they_began() -> None:
    run = a_run()
    begun = [replace_call(line("alpha/small"), iteration=number) for number in range(3)]
    run.calls += [begun[2], begun[0], begun[1]]
    assert settle(run, ANSWER)[0].trace.calls == tuple(begun)


@pytest.mark.parametrize(
    ("failures", "ended_by", "named"),
    [
        ((None, FailureKind.OUTRUN), None, "alpha/small"),
        ((FailureKind.OUTRUN, None), None, "beta/large"),
        ((None, FailureKind.OVERLOADED), None, "alpha/small"),  # a wider call that failed: the first answer stands
        ((FailureKind.OVERLOADED, FailureKind.SLOW), FailureKind.SLOW, "beta/large"),
        ((FailureKind.OVERLOADED, FailureKind.OUTRUN), FailureKind.OVERLOADED, "alpha/small"),
    ],
)
async def test_the_deployment_named_is_that_of_the_answer_or_of_the_last_failure(
    failures: tuple[FailureKind | None, ...], ended_by: FailureKind | None, named: str
) -> None:
    run = a_run()
    for number, (deployment, kind) in enumerate(zip(("alpha/small", "beta/large"), failures, strict=True)):
        run.calls.append(replace_call(line(deployment), iteration=number, failure=kind))
    ended = Generation(dialect=CHAT, failure=failure(ended_by)) if ended_by else ANSWER
    assert settle(run, ended)[0].deployment == named


async def test_a_call_beside_the_caller_s_own_names_nothing() -> None:
    run = a_run()
    run.calls.append(replace_call(line("tiny/judge"), lane="classify"))
    record, _ = settle(run, Generation(dialect=CHAT, failure=failure(FailureKind.RESTING)))
    assert (record.deployment, record.calls, record.cost_nanousd) == ("", 1, 30)


async def test_the_time_in_the_waiting_room_is_kept() -> None:
    run = a_run()
    run.waited_s = 2.5
    assert settle(run, ANSWER)[0].waited_us == 2_500_000
