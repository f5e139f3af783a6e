"""Whatever vendors do: limits hold, money is accounted for, the caller reads one answer, and gets one where there is one to be had."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from lanewise.core.answer import Finish, Generation
from lanewise.core.events import Queued
from lanewise.core.failure import FailureKind
from lanewise.core.policy import Amplification, Lane
from lanewise.core.request import Dialect, Hints
from lanewise.pipeline.degrade import degrade
from lanewise.pipeline.reactions import OUR_LIMITS, REACTIONS
from lanewise.pipeline.run import Run
from lanewise.pipeline.settle import settle
from pipeline.runs import a_run, a_timed_walk, shown, spent_nanousd, usually
from pipeline.vendors import ROLE, after, cut_off, ended, said, streams, thought
from virtual_time import in_virtual_time
from walking import Script, Walk, fails, hangs, lane, request, still_running

DEEP = lane("deep", "alpha/a", "beta/b", "gamma/c", degrade_to="fast", timeout_s=120.0)
FAST = lane("fast", "delta/d", "epsilon/e", timeout_s=30.0)
NAMES = [each.name for of in (DEEP, FAST) for each in of.deployments]
LIMITS = Amplification()
#: What only the walk itself says of a call.
OURS = frozenset(
    {
        FailureKind.DEADLINE,
        FailureKind.LATE_START,
        FailureKind.SLOW,
        FailureKind.RESTING,
        FailureKind.OUTRUN,
        FailureKind.CANCELLED,
        FailureKind.SHUTDOWN,
        FailureKind.INTERNAL,
        *OUR_LIMITS,
    }
)
KINDS = [kind for kind in FailureKind if kind not in OURS]
#: What one deployment does about a request that another one could still answer.
HEALABLE = [kind for kind in KINDS if REACTIONS[kind].elsewhere and REACTIONS[kind].faster]


def answering(name: str) -> Script:
    return streams(ROLE, said(name), said(name), ended())


def failing(kind: FailureKind, wait_s: float, retry_after_s: float | None) -> Script:
    return after(wait_s, fails(kind, retry_after_s=retry_after_s))


def behaviours(name: str) -> list[Script]:
    """Everything that vendors were ever seen to do. Failures that others can heal are most of it: they lead furthest."""
    return [
        *(after(wait_s, answering(name)) for wait_s in (0.0, 3.0, 20.0, 200.0)),
        *(streams(ROLE, said(name), pause_s, said(name), ended()) for pause_s in (1.0, 200.0)),
        *(streams(0.5, thought(), pause_s, said(name), ended()) for pause_s in (1.0, 200.0)),
        *(failing(kind, 0.0, None) for kind in KINDS),
        *(failing(kind, 0.1, 0.0) for kind in HEALABLE),
        *(failing(kind, 3.0, 5.0) for kind in HEALABLE),
        *(failing(kind, 20.0, 60.0) for kind in HEALABLE),
        *(streams(ROLE, 0.5, thought(), 1.0, fails=kind) for kind in HEALABLE),
        *(
            streams(ROLE, 0.5, said(name), 1.0, fails=kind)
            for kind in (FailureKind.CUT_STREAM, FailureKind.ERROR_EVENT)
        ),
        hangs,
        cut_off(),
        streams(thought(), ended(Finish.LENGTH), empty=True),
        streams(ended(), empty=True),
        streams(ended(Finish.CONTENT_FILTER), empty=True),
    ]


BEHAVIOURS = {name: st.lists(st.sampled_from(behaviours(name)), min_size=1, max_size=3) for name in NAMES}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A request, and the vendors it meets."""

    scripts: dict[str, list[Script]]
    deep: Lane
    asked: dict[str, Any]
    limits: Amplification
    known: bool

    def walk(self) -> Walk:
        walk = a_timed_walk(self.deep, FAST, scripts=dict(self.scripts), amplification=self.limits)
        if self.known:
            for each in self.deep.deployments:
                usually(walk, "deep", takes_s=2.0, begins_s=0.5, deployment=each.name)
        return walk


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    return Scene(
        scripts={name: draw(BEHAVIOURS[name]) for name in NAMES},
        deep=replace(
            DEEP,
            degrade_to=draw(st.sampled_from(["fast", None])),
            hedge_after=draw(st.sampled_from([None, 2.0])),
            weights=draw(st.sampled_from([(), (1.0, 2.0, 3.0)])),
            idle_timeout_s=None,
        ),
        asked={
            "stream": draw(st.booleans()),
            "dialect": draw(st.sampled_from(Dialect)),
            "hints": draw(st.sampled_from([Hints(), Hints(latency="can_wait")])),
            "max_output_tokens": draw(st.sampled_from([None, 500])),
        },
        limits=Amplification(
            max_calls=draw(st.integers(1, 8)),
            max_retries=draw(st.integers(0, 3)),
            max_cost_nanousd=draw(st.sampled_from([LIMITS.max_cost_nanousd, 150_000_000])),
        ),
        known=draw(st.booleans()),
    )


def rounds(walk: Walk) -> int:
    """How often everybody was asked anew: each wait grants the calls of one request again."""
    return 1 + sum(isinstance(each, Queued) for each in walk.events)


def in_order(walk: Walk, run: Run) -> None:
    """What must hold of every run that is over, however it ended."""
    calls = run.calls
    limits = walk.gateway.policy.amplification
    reasons = [call.reason.partition(":")[0] for call in calls]
    assert len(calls) == len(walk.provider.calls) <= limits.max_calls * rounds(walk)
    assert reasons.count("retry") + reasons.count("wider") <= limits.max_retries * rounds(walk)
    assert sorted(call.iteration for call in calls) == list(range(len(calls)))
    assert len({call.name for call in calls}) == len(calls)

    spent = sum(call.cost.total_nanousd + call.held_nanousd for call in calls)
    made = [call.request.choices * call.max_output_tokens for call in walk.provider.calls]
    tokens = sum(min(call.output_tokens + call.held_tokens, most) for call, most in zip(calls, made, strict=True))
    assert spent_nanousd(walk) == spent <= limits.max_cost_nanousd
    assert run.allowance.refuses(worst_nanousd=limits.max_cost_nanousd - spent + 1, output_tokens=0) != None  # noqa: E711
    run.allowance.renew_calls()
    left = limits.max_output_tokens - tokens
    assert run.allowance.refuses(worst_nanousd=limits.max_cost_nanousd - spent, output_tokens=left) is None

    assert all(state.running == 0 for state in walk.pace.states())
    assert len(walk.gateway.parts.waiting_room) == 0
    assert not still_running()


def sources(walk: Walk) -> list[str]:
    """Whose words of an answer the caller has read."""
    return [name for name in NAMES if f"{name};" in shown(walk)]


@settings(max_examples=200)
@given(scenes())
def test_limits_hold_money_is_accounted_for_and_one_answer_is_read(scene: Scene) -> None:
    @in_virtual_time
    async def go() -> None:
        walk = scene.walk()
        run = a_run(walk, request(**scene.asked))
        generation = await degrade(run)
        record, _ = settle(run, generation)

        in_order(walk, run)
        read = sources(walk)
        assert len(read) <= 1
        whole = [call for call in record.trace.calls if call.failure is None]
        if generation.failure is None:
            assert record.answered_by is not None
            assert whole
            assert read in ([], [record.deployment])
            assert record.lane == record.answered_by.lane
        event(f"{record.outcome}, {min(record.calls, 4)} calls, {rounds(walk)} rounds")

    go()


@given(scenes(), st.sampled_from([0.0, 0.05, 0.5, 4.0, 30.0]), st.sampled_from([(), (FailureKind.SHUTDOWN,)]))
def test_so_they_do_where_the_caller_leaves(scene: Scene, after_s: float, why: tuple[str, ...]) -> None:
    @in_virtual_time
    async def go() -> None:
        walk = scene.walk()
        run = a_run(walk, request(**scene.asked))
        answering = asyncio.create_task(degrade(run))
        await asyncio.sleep(after_s)
        answering.cancel(*why)
        await asyncio.gather(answering, return_exceptions=True)

        in_order(walk, run)
        assert len(sources(walk)) <= 1
        if answering.cancelled():
            kind = FailureKind.SHUTDOWN if why else FailureKind.CANCELLED
            assert {call.failure for call in run.calls} & {FailureKind.SHUTDOWN, FailureKind.CANCELLED} <= {kind}

    go()


#: Vendors that cannot answer, in ways that say nothing against the request.
HEALABLES = [
    *(
        failing(kind, wait_s, retry_after_s)
        for kind in HEALABLE
        for wait_s, retry_after_s in ((0.0, None), (10.0, 60.0))
    ),
    *(streams(ROLE, 1.0, thought(), fails=kind) for kind in HEALABLE),
    hangs,
]


@given(
    st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(HEALABLES), min_size=1, max_size=2)),
    st.sampled_from(NAMES),
    st.booleans(),
    st.sampled_from([None, 2.0]),
)
def test_who_can_be_answered_is_answered_while_any_vendor_lives(
    scripts: dict[str, list[Script]], alive: str, stream: bool, hedge_after: float | None
) -> None:
    @in_virtual_time
    async def go() -> None:
        scene = Scene(
            scripts={name: [answering(name)] for name in NAMES} | scripts | {alive: [answering(alive)]},
            deep=replace(DEEP, hedge_after=hedge_after),
            asked={"stream": stream},
            limits=LIMITS,
            known=False,
        )
        walk = scene.walk()
        if hedge_after is not None and alive not in {each.name for each in DEEP.deployments}:
            for each in DEEP.deployments:
                usually(walk, "deep", takes_s=2.0, begins_s=0.5, deployment=each.name)
        run = a_run(walk, request(**scene.asked))

        generation: Generation = await degrade(run)

        assert generation.failure is None
        assert generation.finish is Finish.STOP
        assert sources(walk) == ([settle(run, generation)[0].deployment] if stream else [])

    go()
