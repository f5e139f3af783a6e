"""Walks whose answers are checked: scripted verifiers, and vendors that answer in turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from lanewise.core.answer import Content, Delta, Finish, Generation, Meter, ToolCall
from lanewise.core.plan import Plan, Rung
from lanewise.core.policy import Check, Lane
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate
from lanewise.core.request import Caller, Request
from lanewise.core.usage import Usage
from lanewise.core.verdict import Verdict
from lanewise.pipeline.gateway import Answer
from walking import CALLER, Script, Walk, lane, policy, request

Judge = Callable[[Candidate], Verdict]


def proof(word: Any = "accept", **more: Any) -> Verdict:
    return Verdict(verifier="math_answer", word=word, kind="proof", **more)


class Judging:
    """A verifier that judges as a function says, and remembers what it saw."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.seen: list[Candidate] = []

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        self.seen.append(candidate)
        return self._judge(candidate)


def wants(right: str, **more: Any) -> Judging:
    """A proof that only this answer is right; others are near misses."""

    def judge(candidate: Candidate) -> Verdict:
        text = candidate.content.text
        if text == right:
            return proof(score=1.0, answer=text)
        return proof("reject", reason=f"{text!r} is not it", repairable=True, score=0.2, answer=text, **more)

    return Judging(judge)


def always(verdict: Verdict) -> Judging:
    return Judging(lambda _: verdict)


class Broken:
    """A verifier with a fault."""

    def __init__(self) -> None:
        self.asked = 0

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        self.asked += 1
        raise RuntimeError("out of order")


class Stuck:
    """A verifier that never comes to an end."""

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        await asyncio.Event().wait()
        raise AssertionError


def says(text: str = "", *, calls: tuple[ToolCall, ...] = (), empty: bool = False, **content: Any) -> Script:
    """A vendor that answers with this meaning, streaming where it is asked to."""

    async def script(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        finish = Finish.TOOL_CALLS if calls else Finish.STOP
        meter.first_output_s = 0.0
        meter.output_chars = len(text)
        if call.stream:
            await on_deltas([Delta(raw=b"role;"), Delta(raw=f"{text};".encode(), text=text)])
            await on_deltas([Delta(raw=b"end;", finish=finish)])
        return Generation(
            dialect=call.deployment.provider.dialect,
            body=b"" if call.stream else text.encode(),
            content=Content(text=text, tool_calls=calls, **content) if call.want_content else None,
            finish=finish,
            empty=empty,
            usage=Usage(input_tokens=10, output_tokens=5),
            served_model=call.deployment.model,
        )

    return script


SMALL = lane("standard", "alpha/small")
STRONG = lane("reasoning", "beta/large")


class Planned:
    """A router that always has this plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    async def route(self, request: Request, caller: Caller, policy: Any, ask: Ask) -> Plan:
        return self._plan


def weighed_walk(
    *rungs: Rung,
    scripts: dict[str, list[Script]],
    verifiers: dict[Check, Any] | None = None,
    clock: Any = None,
    **plan: Any,
) -> Walk:
    """A gateway whose plan is known: its rungs, the vendors' answers, and who judges them."""
    lanes: list[Lane] = [rung.lane for rung in rungs if rung.lane.deployments]
    walk = Walk(policy(*lanes), scripts, clock=clock)
    walk.verifiers |= verifiers or {}
    made = Plan(rungs=rungs, reason="default", weighed=True, **plan)
    parts = walk.gateway.parts
    walk.gateway.parts = type(parts)(
        **{name: getattr(parts, name) for name in parts.__slots__} | {"router": Planned(made)}
    )
    return walk


async def answer(walk: Walk, asked: Request | None = None) -> Answer:
    return await walk.gateway.answer(asked or request(), CALLER, walk.emit)


def messages_of(call: Call) -> list[dict[str, Any]]:
    """What a vendor was really sent."""
    body: dict[str, Any] = msgspec.json.decode(call.request.body)
    return list(body["messages"])
