"""A lane that cannot answer gives way to a faster one, marked; who can wait is kept until a vendor may be back."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest

from lanewise.core.caps import Spend
from lanewise.core.events import Degraded, Queued
from lanewise.core.failure import FailureKind
from lanewise.core.policy import Amplification, TenantPolicy, Waiting
from lanewise.core.request import Hints
from lanewise.pipeline.gateway import Answer
from lanewise.pipeline.reactions import REACTIONS
from lanewise.pipeline.reserve import set_aside
from pipeline.runs import a_timed_walk, shown, spent_nanousd, trip, usually
from pipeline.vendors import after, said, streams, thought
from virtual_time import in_virtual_time
from walking import CALLER, Script, Walk, answers, fails, hangs, lane, payer, request

DEEP = lane("deep", "alpha/thinker", "beta/thinker", degrade_to="fast", timeout_s=300.0)
FAST = lane("fast", "gamma/quick", timeout_s=30.0)
DOWN = fails(FailureKind.OVERLOADED, retry_after_s=30.0)
PATIENT = Hints(latency="can_wait")


def walk_of(*scripts: Script | list[Script], **settings: Any) -> Walk:
    """A walk over a deep lane of two thinkers and the fast one below it, scripted in this order."""
    named = zip(("alpha/thinker", "beta/thinker", "gamma/quick"), scripts, strict=False)
    return a_timed_walk(
        DEEP, FAST, scripts={name: each if isinstance(each, list) else [each] for name, each in named}, **settings
    )


async def asked(walk: Walk, model: str = "auto", **of: Any) -> Answer:
    return await walk.gateway.answer(request(model, **of), CALLER, walk.emit)


def marks(answer: Answer) -> list[tuple[str, str, str]]:
    return [(each.reason, each.from_, each.to) for each in answer.record.trace.degraded]


@pytest.mark.parametrize(
    "kind", [kind for kind, reaction in REACTIONS.items() if reaction.faster and reaction.elsewhere]
)
@pytest.mark.parametrize("stream", [True, False])
@in_virtual_time
async def test_a_lane_that_is_down_gives_way_to_the_faster_one_and_the_answer_is_marked(
    kind: FailureKind, stream: bool
) -> None:
    walk = walk_of(fails(kind, retry_after_s=30.0), fails(kind, retry_after_s=30.0))

    answer = await asked(walk, stream=stream)

    assert walk.provider.asked() == ["alpha/thinker", "beta/thinker", "gamma/quick"]
    assert (answer.record.lane, answer.record.deployment) == ("fast", "gamma/quick")
    assert (answer.record.outcome, answer.record.degraded) == ("fallback", True)
    assert marks(answer) == [
        (f"fallback: {kind}", "alpha/thinker", "beta/thinker"),
        (f"degraded: {kind}", "deep", "fast"),
    ]
    assert answer.record.trace.calls[-1].reason == f"degraded: {kind}"
    assert Degraded(reason=f"degraded: {kind}", from_="deep", to="fast", lane="fast") in walk.events


@pytest.mark.parametrize("kind", [kind for kind, reaction in REACTIONS.items() if not reaction.faster])
@in_virtual_time
async def test_what_a_faster_lane_could_not_heal_is_told(kind: FailureKind) -> None:
    walk = walk_of(fails(kind), fails(kind))
    answer = await asked(walk)
    assert answer.record.failure == kind
    assert "gamma/quick" not in walk.provider.asked()


@in_virtual_time
async def test_a_lane_whose_breakers_are_open_gives_way_without_being_asked() -> None:
    walk = walk_of()
    trip(walk, DEEP, "alpha/thinker", "beta/thinker")
    answer = await asked(walk)
    assert walk.provider.asked() == ["gamma/quick"]
    assert marks(answer) == [("degraded: resting", "deep", "fast")]


@in_virtual_time
async def test_a_lane_that_takes_much_longer_than_usual_gives_way_while_there_is_time() -> None:
    walk = walk_of(hangs, hangs)
    usually(walk, "deep", takes_s=20.0, deployment="alpha/thinker")
    began_s = walk.clock.monotonic_s()

    answer = await asked(walk)

    assert marks(answer) == [("degraded: slow", "deep", "fast")]
    assert 60.0 <= walk.clock.monotonic_s() - began_s <= 67.0
    assert answer.record.trace.calls[0].failure == FailureKind.SLOW


@in_virtual_time
async def test_thinking_that_was_shown_before_the_lane_gave_way_stays_and_the_answer_follows_it() -> None:
    walk = walk_of(streams(1.0, thought(), 999.0))
    usually(walk, "deep", takes_s=20.0, begins_s=2.0, deployment="alpha/thinker")
    walk.provider.scripts["gamma/quick"] = [streams(said("Eight."))]

    answer = await asked(walk, stream=True)

    assert shown(walk) == "(hm);Eight.;"
    assert marks(answer) == [("degraded: slow", "deep", "fast")]


@in_virtual_time
async def test_an_answer_that_has_begun_may_take_as_long_as_the_run() -> None:
    walk = walk_of(streams(1.0, said("Ei"), 200.0, said("ght.")))
    usually(walk, "deep", takes_s=20.0, begins_s=2.0, deployment="alpha/thinker")
    answer = await asked(walk, stream=True)
    assert (shown(walk), answer.record.outcome) == ("Ei;ght.;", "success")


@in_virtual_time
async def test_the_run_s_deadline_holds_over_all_lanes() -> None:
    walk = walk_of(hangs, hangs, hangs)
    began_s = walk.clock.monotonic_s()
    answer = await asked(walk)
    assert answer.record.failure is not None
    assert walk.clock.monotonic_s() - began_s <= 300.0


@in_virtual_time
async def test_where_every_lane_is_down_the_failure_of_the_one_asked_for_is_told_with_the_soonest_return() -> None:
    walk = walk_of(DOWN, DOWN, fails(FailureKind.OVERLOADED, retry_after_s=12.0))
    answer = await asked(walk)
    failure = answer.generation.failure
    assert failure is not None
    assert (failure.kind, failure.retry_after_s, answer.record.status) == (FailureKind.OVERLOADED, 12.0, 503)
    assert (answer.record.lane, answer.record.deployment) == ("deep", "beta/thinker")


@in_virtual_time
async def test_a_failure_that_will_be_over_is_told_before_one_that_will_not() -> None:
    locked = fails(FailureKind.VENDOR_ACCESS)
    walk = walk_of(locked, locked, DOWN)
    answer = await asked(walk)
    assert (answer.record.failure, answer.record.status) == (FailureKind.OVERLOADED, 503)


@in_virtual_time
async def test_lanes_that_point_at_each_other_are_each_asked_once() -> None:
    circle = (dataclasses.replace(FAST, degrade_to="deep"), dataclasses.replace(DEEP))
    walk = a_timed_walk(*circle)
    trip(walk, circle[0], "gamma/quick")
    trip(walk, circle[1], "alpha/thinker", "beta/thinker")
    answer = await asked(walk)
    assert answer.record.failure == FailureKind.RESTING


# Names


@pytest.mark.parametrize(
    ("model", "asks"), [("thinker", ["alpha/thinker", "beta/thinker"]), ("alpha/thinker", ["alpha/thinker"])]
)
@in_virtual_time
async def test_a_pinned_model_is_never_replaced_by_a_faster_lane_s(model: str, asks: list[str]) -> None:
    walk = walk_of(DOWN, DOWN)
    answer = await asked(walk, model)
    assert answer.record.failure == FailureKind.OVERLOADED
    assert walk.provider.asked() == asks


@in_virtual_time
async def test_a_pinned_model_in_a_weighted_lane_keeps_its_own_weight() -> None:
    weighted = dataclasses.replace(DEEP, weights=(1.0, 9.0))
    walk = a_timed_walk(weighted, FAST)
    for _ in range(10):
        assert (await asked(walk, "alpha/thinker")).record.deployment == "alpha/thinker"


@in_virtual_time
async def test_pinned_models_that_nobody_is_ever_drawn_for_are_asked_in_the_policy_s_order() -> None:
    spread = lane("deep", "omega/other", "alpha/thinker", "beta/thinker", weights=(1.0, 0.0, 0.0))
    assert (await asked(a_timed_walk(spread), "thinker")).record.deployment == "alpha/thinker"


@in_virtual_time
async def test_a_lane_that_was_asked_for_by_name_may_give_way_and_says_so() -> None:
    answer = await asked(walk_of(DOWN, DOWN), "lane:deep")
    assert marks(answer)[-1] == ("degraded: overloaded", "deep", "fast")


# Who answers instead is marked; who was drawn is not


@in_virtual_time
async def test_an_answer_of_the_second_deployment_because_the_first_rests_is_marked() -> None:
    walk = walk_of()
    trip(walk, DEEP, "alpha/thinker")
    answer = await asked(walk)
    assert marks(answer) == [("fallback: resting", "alpha/thinker", "beta/thinker")]
    assert answer.record.trace.calls[0].reason == "fallback: resting"


@in_virtual_time
async def test_an_answer_of_the_second_deployment_by_weights_or_affinity_is_not_marked() -> None:
    weighted = a_timed_walk(dataclasses.replace(DEEP, weights=(0.0, 1.0)), FAST)
    turn = request(opening="How many", continues=True)
    affine = walk_of()
    affine.gateway.parts.affinity.keep(turn, CALLER, "deep", "beta/thinker")

    for walk in (weighted, affine):
        answer = await walk.gateway.answer(turn, CALLER, walk.emit)
        assert (answer.record.deployment, marks(answer)) == ("beta/thinker", [])


@in_virtual_time
async def test_a_conversation_stays_with_who_answered_it_and_not_with_who_failed() -> None:
    walk = walk_of([DOWN, answers()], [answers()])
    opening = request(opening="How many")
    await walk.gateway.answer(opening, CALLER, walk.emit)

    await walk.gateway.answer(request(opening="How many", continues=True), CALLER, walk.emit)

    assert walk.provider.asked() == ["alpha/thinker", "beta/thinker", "beta/thinker"]


@in_virtual_time
async def test_a_conversation_is_remembered_only_where_another_than_the_policy_s_first_answered_it() -> None:
    turn = request(opening="How many", continues=True)
    usual, drawn = a_timed_walk(DEEP, FAST), a_timed_walk(dataclasses.replace(DEEP, weights=(1.0, 0.0)), FAST)
    kept = []
    for walk in (usual, drawn):
        await walk.gateway.answer(turn, CALLER, walk.emit)
        kept.append(walk.gateway.parts.affinity.last(turn, CALLER, "deep"))
    assert kept == [None, "alpha/thinker"]


@in_virtual_time
async def test_a_conversation_that_came_back_to_the_policy_s_first_is_forgotten() -> None:
    walk = walk_of([answers(), DOWN, answers()], [answers(), DOWN])
    turn = request(opening="How many", continues=True)
    walk.gateway.parts.affinity.keep(turn, CALLER, "deep", "beta/thinker")
    answered = [(await walk.gateway.answer(turn, CALLER, walk.emit)).record.deployment for _ in range(2)]
    assert answered == ["beta/thinker", "alpha/thinker"]
    assert walk.gateway.parts.affinity.last(turn, CALLER, "deep") is None


@in_virtual_time
async def test_a_conversation_that_nobody_answered_stays_nowhere() -> None:
    walk = walk_of([fails(FailureKind.BAD_REQUEST), answers()])
    await walk.gateway.answer(request(opening="How many"), CALLER, walk.emit)
    turn = request(opening="How many", continues=True)
    assert walk.gateway.parts.affinity.last(turn, CALLER, "deep") is None


# Waiting


@in_virtual_time
async def test_who_can_wait_is_kept_until_a_vendor_is_back() -> None:
    walk = walk_of([DOWN, answers()], DOWN, DOWN)
    began_s = walk.clock.monotonic_s()

    answer = await asked(walk, hints=PATIENT)

    assert (answer.record.outcome, answer.record.lane, answer.record.deployment) == ("success", "deep", "alpha/thinker")
    assert walk.clock.monotonic_s() - began_s == pytest.approx(30.0, rel=0.01)
    assert answer.record.waited_us == pytest.approx(30e6, rel=0.01)
    (queued,) = (event for event in walk.events if isinstance(event, Queued))
    assert (queued.reason, queued.wait_s) == (FailureKind.OVERLOADED, 30.0)
    assert answer.record.trace.calls[-1].reason == "waited: overloaded"
    assert len(walk.gateway.parts.waiting_room) == 0


@in_virtual_time
async def test_what_failed_before_a_wait_does_not_mark_the_answer_after_it() -> None:
    preferred = await asked(walk_of([DOWN, answers()], DOWN, DOWN), hints=PATIENT)
    second = await asked(walk_of(DOWN, [DOWN, answers()], DOWN), hints=PATIENT)
    assert marks(preferred) == []
    assert marks(second) == [("fallback: overloaded", "alpha/thinker", "beta/thinker")]


@pytest.mark.parametrize("hints", [Hints(), Hints(latency="interactive")])
@in_virtual_time
async def test_nobody_else_is_kept_waiting(hints: Hints) -> None:
    walk = walk_of([DOWN, answers()], DOWN, DOWN)
    answer = await asked(walk, hints=hints)
    assert (answer.record.status, answer.record.waited_us) == (503, 0)


@in_virtual_time
async def test_nobody_waits_longer_than_the_policy_says() -> None:
    walk = walk_of(DOWN, DOWN, DOWN, waiting=Waiting(max_wait_s=45.0), amplification=Amplification(max_calls=100))
    answer = await asked(walk, hints=PATIENT)
    assert answer.record.status == 503
    assert answer.record.waited_us <= 45e6


@in_virtual_time
async def test_waits_grow_where_no_vendor_says_when_it_is_back_and_all_of_the_time_is_used() -> None:
    down = fails(FailureKind.UNREACHABLE)
    walk = walk_of(down, down, down, amplification=Amplification(max_calls=100, max_retries=0))
    answer = await asked(walk, hints=PATIENT)
    waits_s = [event.wait_s for event in walk.events if isinstance(event, Queued)]
    assert waits_s == sorted(waits_s[:-1]) + waits_s[-1:]
    assert sum(waits_s) == pytest.approx(60.0)
    assert answer.record.failure == FailureKind.UNREACHABLE


@in_virtual_time
async def test_after_a_wait_the_lane_has_its_whole_time_again() -> None:
    walk = walk_of([DOWN, after(230.0)], DOWN, DOWN)
    answer = await asked(walk, hints=PATIENT)
    assert answer.record.failure is None


@in_virtual_time
async def test_no_wait_goes_beyond_the_caller_s_own_deadline() -> None:
    walk = walk_of([DOWN, answers()], DOWN, DOWN)
    began_s = walk.clock.monotonic_s()
    answer = await asked(walk, hints=Hints(latency="can_wait", deadline_s=20.0))
    assert answer.record.status == 503
    assert walk.clock.monotonic_s() - began_s < 20.0

    later = walk_of([DOWN, hangs], [DOWN, hangs], [DOWN, hangs])
    began_s = later.clock.monotonic_s()
    await asked(later, hints=Hints(latency="can_wait", deadline_s=40.0))
    assert later.clock.monotonic_s() - began_s <= 40.0


@in_virtual_time
async def test_a_full_waiting_room_is_told_at_once() -> None:
    walk = walk_of([DOWN, answers()], DOWN, DOWN, waiting=Waiting(places=0))
    answer = await asked(walk, hints=PATIENT)
    assert (answer.record.status, answer.record.waited_us) == (503, 0)


@in_virtual_time
async def test_what_no_wait_would_heal_is_not_waited_for() -> None:
    walk = walk_of(fails(FailureKind.BAD_REQUEST))
    answer = await asked(walk, hints=PATIENT)
    assert answer.record.waited_us == 0


@in_virtual_time
async def test_a_budget_that_others_have_used_up_meanwhile_does_not_hide_what_the_vendors_said() -> None:
    acme = TenantPolicy(name="acme", daily_cap_nanousd=1_000_000_000)
    walk = walk_of(DOWN, DOWN, DOWN, tenant=acme)
    run = asyncio.create_task(asked(walk, hints=PATIENT))
    await asyncio.sleep(10.0)
    await set_aside(walk.budget, payer(acme), Spend(1_000_000_000))

    answer = await run

    assert (answer.record.failure, answer.record.calls) == (FailureKind.OVERLOADED, 3)


@in_virtual_time
async def test_a_limit_of_our_own_that_is_met_after_a_wait_does_not_hide_what_the_vendors_said() -> None:
    walk = walk_of(DOWN, DOWN, DOWN, amplification=Amplification(max_calls=2))
    answer = await asked(walk, hints=PATIENT)
    assert answer.record.failure == FailureKind.OVERLOADED
    assert answer.record.calls == 3 * 2  # asked at once, after 30 s and after 60 s: each time with its own two calls


@in_virtual_time
async def test_who_used_up_its_calls_before_it_waited_is_answered_after_it() -> None:
    walk = walk_of([DOWN, answers()], DOWN, DOWN, amplification=Amplification(max_calls=3))
    answer = await asked(walk, hints=PATIENT)
    assert answer.record.failure is None
    assert answer.record.calls == 4


@pytest.mark.parametrize("why", [(), (FailureKind.SHUTDOWN,)])
@in_virtual_time
async def test_who_leaves_the_waiting_room_leaves_its_place_free(why: tuple[str, ...]) -> None:
    walk = walk_of(DOWN, DOWN, DOWN)
    run = asyncio.create_task(asked(walk, hints=PATIENT))
    await asyncio.sleep(10.0)
    assert len(walk.gateway.parts.waiting_room) == 1

    run.cancel(*why)
    with pytest.raises(asyncio.CancelledError):
        await run

    assert len(walk.gateway.parts.waiting_room) == 0
    (record,) = walk.ledger.records
    assert record.failure == (FailureKind.SHUTDOWN if why else FailureKind.CANCELLED)
    assert record.waited_us == 10_000_000
    assert spent_nanousd(walk) == record.cost_nanousd
