"""Callers arrive when they arrive, ask once, and each reply has its outcome."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from lab.drilled import BROKEN, HUNG, REFUSED, a_reply
from lanewise.core.policy import Condition, Routing, Rule
from lanewise.lab.asking import Asker, Outage
from lanewise.lab.drill_incidents import Load
from lanewise.lab.drill_traffic import ask_all, callers, lane_of
from patience import PATIENCE_S
from walking import lane, policy

RULES = (
    Rule(when=Condition(task=("extract", "summarize")), lane="small", number=1),
    Rule(when=Condition(task=("program",)), lane="reasoning", number=2),
)
POLICY = policy(
    *(lane(name, "a/x") for name in ("standard", "small", "reasoning")),
    routing=Routing(rules=RULES, default="standard"),
)
LOAD = Load(requests=40, over_s=2.0, lanes={"small": 0.5, "standard": 0.25, "reasoning": 0.25}, can_wait=0.5)


def test_tasks_go_where_the_rules_send_them() -> None:
    assert [lane_of(task, POLICY) for task in ("summarize", "program", "chat")] == ["small", "reasoning", "standard"]


def test_callers_are_shared_among_lanes_half_of_them_streams_and_the_same_for_the_same_seed() -> None:
    coming = callers(LOAD, POLICY, seed=3, stretch=1.0)
    assert Counter(each.lane for each in coming) == {"small": 20, "standard": 10, "reasoning": 10}
    assert sum(each.stream for each in coming) == 20
    assert 5 < sum(each.can_wait for each in coming) < 35
    assert len({each.question.id for each in coming}) == 40
    assert all(lane_of(each.question.task or "", POLICY) == each.lane for each in coming)
    assert coming == callers(LOAD, POLICY, seed=3, stretch=1.0)
    assert coming != callers(LOAD, POLICY, seed=4, stretch=1.0)


def test_callers_arrive_in_order_over_the_stretched_time_and_as_many_at_once_as_asked_for() -> None:
    times_s = [each.at_s for each in callers(LOAD, POLICY, seed=0, stretch=2.0)]
    assert times_s == sorted(times_s)
    assert 3.0 < times_s[-1] < 4.0
    crowd = Load(requests=40, over_s=2.0, at_once=20, lanes={"small": 1.0})
    assert Counter(each.at_s >= 1.0 for each in callers(crowd, POLICY, seed=0, stretch=1.0)) == {False: 20, True: 20}


def test_a_lane_without_questions_is_told() -> None:
    with pytest.raises(ValueError, match="nobody"):
        callers(Load(requests=4, over_s=1.0, lanes={"nobody": 1.0}), POLICY, seed=0, stretch=1.0)


@pytest.mark.parametrize(
    ("got", "outcome"),
    [
        ({}, "answered"),
        (BROKEN, "broken"),
        (BROKEN | {"text": ""}, "unanswered"),
        (BROKEN | {"told_error": ""}, "unanswered"),
        (REFUSED, "refused"),
        (REFUSED | {"status": 429}, "refused"),
        (REFUSED | {"retry_after_s": None}, "unanswered"),
        (REFUSED | {"status": 500}, "unanswered"),
        (HUNG, "unanswered"),
    ],
)
def test_every_reply_has_one_outcome(got: dict[str, Any], outcome: str) -> None:
    assert a_reply(1, **got).outcome == outcome


async def test_callers_do_not_wait_for_one_another() -> None:
    asked: list[dict[str, Any]] = []
    all_are_in = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        asked.append(await request.json())
        if len(asked) == 8:
            all_are_in.set()
        await all_are_in.wait()
        choice = {"message": {"content": "4"}, "finish_reason": "stop"}
        return web.Response(text=json.dumps({"choices": [choice]}))

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    told: list[int] = []
    load = Load(requests=8, over_s=0.1, lanes={"small": 1.0}, can_wait=0.5)
    coming = callers(load, POLICY, seed=1, stretch=1.0)
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(PATIENCE_S):
            asker = Asker(session, f"http://127.0.0.1:{runner.addresses[0][1]}", Outage())
            replies = await ask_all(asker, coming, began_s=time.monotonic(), watch=told.append)
    finally:
        await runner.cleanup()
    assert tuple(reply.caller for reply in replies) == coming
    assert told == list(range(1, 9))
    assert {body["model"] for body in asked} == {"auto"}
    waiting = [body["lanewise"].get("latency") for body in asked]
    assert waiting.count("can_wait") == sum(caller.can_wait for caller in coming)
    assert set(waiting) == {"can_wait", None}
