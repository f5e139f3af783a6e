"""What an application hears of an answer, from a server on loopback that says it word for word."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from lanewise.lab.asking import Answered, Asker, Outage, Question, Switch
from lanewise.lab.workload import make_workload

QUESTION = Question(
    id="q1", task="arithmetic", messages=[{"role": "user", "content": "2 + 2?"}], kind="number", expected={"value": "4"}
)
TOLD = {"run": "run_1", "lane": "standard", "deployment": "a/x", "cost_nanousd": 120}
DEGRADED = {**TOLD, "degraded": [{"reason": "fallback: overloaded", "from": "a/x", "to": "b/y"}]}
HEADERS = {"X-Lanewise-Run": "run_1", "X-Lanewise-Lane": "standard"}


def whole(told: dict[str, Any] = TOLD, *, content: str = "Answer: 4", finish: str | None = "stop") -> str:
    choice = {"message": {"content": content}, "finish_reason": finish}
    return json.dumps({"choices": [choice], "lanewise": told})


def event(**choice: Any) -> str:
    return f"data: {json.dumps({'choices': [{'delta': {}, 'finish_reason': None} | choice]})}\n\n"


def streamed(told: dict[str, Any] = TOLD, *, last: str = "data: [DONE]\n\n") -> str:
    words = event(delta={"content": "Answer:"}) + event(delta={"content": " 4"})
    end = event(finish_reason="stop") + f": lanewise {json.dumps(told)}\n" + last
    return f": lanewise thinking elapsed_s=10.0\n\n{words}{end}"


@asynccontextmanager
async def saying(
    text: str, *, status: int = 200, headers: dict[str, str] | None = None, outage: Outage | None = None
) -> AsyncIterator[tuple[Asker, list[dict[str, Any]]]]:
    """An asker of a server that answers everything with this text, and what the server was asked."""
    asked: list[dict[str, Any]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(await request.json())
        return web.Response(text=text, status=status, headers=HEADERS | (headers or {}))

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with aiohttp.ClientSession() as session:
            port = runner.addresses[0][1]
            yield Asker(session, f"http://127.0.0.1:{port}", outage or Outage()), asked
    finally:
        await runner.cleanup()


async def heard(text: str, *, stream: bool, status: int = 200, headers: dict[str, str] | None = None) -> Answered:
    async with saying(text, status=status, headers=headers) as (asker, _):
        return await asker.ask(QUESTION, model="auto", stream=stream)


@pytest.mark.parametrize(("text", "stream"), [(whole(), False), (streamed(), True)])
async def test_an_answer_is_heard_whole_and_graded(text: str, stream: bool) -> None:
    answer = await heard(text, stream=stream)
    assert answer.problem == ""
    assert (answer.text, answer.right) == ("Answer: 4", True)
    assert (answer.run_id, answer.lane, answer.deployment, answer.cost_nanousd) == ("run_1", "standard", "a/x", 120)
    assert not answer.marked
    assert (answer.first_token_us is not None) is stream


@pytest.mark.parametrize(("text", "stream"), [(whole(DEGRADED), False), (streamed(DEGRADED), True)])
async def test_a_degraded_answer_is_marked_and_says_who_took_over(text: str, stream: bool) -> None:
    answer = await heard(text, stream=stream)
    assert answer.marked
    assert answer.switches == (Switch(from_="a/x", to="b/y", reason="fallback: overloaded"),)


async def test_the_header_alone_is_a_mark() -> None:
    answer = await heard(
        whole(), stream=False, headers={"X-Lanewise-Degraded": "fallback: overloaded; from=a/x; to=b/y"}
    )
    assert answer.marked


@pytest.mark.parametrize(
    ("text", "stream", "status", "problem"),
    [
        ('{"error": {"message": "no vendor answers"}}', False, 503, "HTTP 503: no vendor answers"),
        ('{"error": {"message": "no vendor answers"}}', True, 503, "HTTP 503: no vendor answers"),
        (whole(content=" "), False, 200, "the answer is empty"),
        (whole(finish=None), False, 200, "the answer stopped before its end"),
        (streamed(last=""), True, 200, "the answer stopped before its end"),
        (event(delta={"content": "4"}) + 'data: {"error": {"message": "cut"}}\n\n', True, 200, "HTTP 200: cut"),
        ("not JSON", False, 200, "HTTP 200: DecodeError"),
        ("{}", False, 200, "HTTP 200: KeyError"),
    ],
)
async def test_what_is_no_whole_answer_has_a_problem(text: str, stream: bool, status: int, problem: str) -> None:
    answer = await heard(text, stream=stream, status=status)
    assert answer.problem.startswith(problem)


async def test_nobody_there_is_a_problem_too() -> None:
    async with aiohttp.ClientSession() as session:
        answer = await Asker(session, "http://127.0.0.1:1", Outage()).ask(QUESTION, model="auto", stream=False)
    assert "HTTP 0" in answer.problem
    assert answer.right is False


async def test_the_request_is_an_applications_with_its_task() -> None:
    async with saying(streamed()) as (asker, asked):
        await asker.ask(QUESTION, model="lane:reasoning", stream=True)
    assert asked[0]["model"] == "lane:reasoning"
    assert asked[0]["lanewise"] == {"task": "arithmetic"}
    assert asked[0]["stream"] is True


async def test_json_is_asked_for_by_its_schema() -> None:
    schema = {"type": "object", "properties": {"answer": {"type": "integer"}}}
    async with saying(whole()) as (asker, asked):
        await asker.ask(dataclasses.replace(QUESTION, schema=schema), model="auto", stream=False, expected="4")
    form = asked[0]["response_format"]
    assert (form["type"], form["json_schema"]["schema"]) == ("json_schema", schema)
    assert asked[0]["lanewise"]["expected"] == "4"


async def test_only_what_was_asked_and_answered_within_the_outage_is_of_it() -> None:
    outage = Outage(vendor="simthropic")
    async with saying(whole(), outage=outage) as (asker, _):
        assert (await asker.ask(QUESTION, model="auto", stream=False)).in_outage
        outage.vendor = None
        assert not (await asker.ask(QUESTION, model="auto", stream=False)).in_outage


def test_a_workloads_item_is_a_question() -> None:
    item = make_workload(1)[0]
    question = Question.of(item)
    assert (question.id, question.task, question.messages) == (item.id, item.task, item.messages)


async def test_a_refusal_keeps_its_status_its_words_and_when_to_come_back() -> None:
    refused = await heard('{"error": {"message": "all rest"}}', stream=True, status=503, headers={"Retry-After": "3"})
    assert (refused.status, refused.told_error, refused.retry_after_s) == (503, "all rest", 3.0)
    broken = await heard(event(delta={"content": "4"}) + 'data: {"error": {"message": "cut"}}\n\n', stream=True)
    assert (broken.status, broken.told_error, broken.text) == (200, "cut", "4")
    silent = await heard(streamed(last=""), stream=True)
    assert silent.problem
    assert silent.told_error == ""


async def test_who_can_wait_says_so() -> None:
    async with saying(whole()) as (asker, asked):
        await asker.ask(QUESTION, model="auto", stream=False, latency="can_wait")
    assert asked[0]["lanewise"] == {"task": "arithmetic", "latency": "can_wait"}
