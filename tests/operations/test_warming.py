from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from lanewise.operations.warming import NotAQuestion, Question, questions, warm


def test_each_line_is_a_question() -> None:
    lines = [b'{"messages": [{"role": "user", "content": "one"}]}\n', b"\n", b'{"messages": []}']
    assert questions(lines) == [
        Question(1, b'{"messages":[{"role":"user","content":"one"}]}'),
        Question(3, b'{"messages":[]}'),
    ]


@pytest.mark.parametrize("line", [b"hello", b"[1]", b'{"prompt": "x"}'])
def test_a_line_that_is_none_is_named(line: bytes) -> None:
    with pytest.raises(NotAQuestion, match="Line 2"):
        questions([b'{"messages": []}', line])


def test_every_line_that_is_none_is_named_at_once() -> None:
    with pytest.raises(NotAQuestion) as told:
        questions([b'{"mesages": []}', b'{"messages": []}', b"\xff", *[b"hello"] * 20])
    said = told.value.message
    assert "Line 1: write" in said
    assert "Line 3 is no JSON" in said
    assert said.endswith("and 12 more lines. Nothing was asked")


@asynccontextmanager
async def a_gateway(words: dict[str, str]) -> AsyncIterator[str]:
    """Answers by what is asked: the word of the cache, or an error."""

    async def answer(request: web.Request) -> web.Response:
        assert request.headers["authorization"] == "Bearer k"
        assert request.headers["x-lanewise-cache"] == "exact", "no question is answered by another one's answer"
        asked = (await request.json())["messages"][0]["content"]
        if asked == "busy":
            return web.Response(status=429, text="come back later")
        return web.Response(text="{}", headers={"x-lanewise-cache": words[asked], "x-lanewise-cost": "0.25"})

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def test_what_came_of_each_question_is_counted() -> None:
    words = {"new": "miss", "known": "hit", "never": "bypass"}
    asked = [
        Question(2 * number, b'{"messages":[{"role":"user","content":"%s"}]}' % name.encode())
        for number, name in enumerate([*words, "busy"])
    ]
    seen: list[tuple[int, int]] = []
    async with a_gateway(words) as url:
        made = await warm(asked, url=url, key="k", done=lambda done, total: seen.append((done, total)))
    assert (made.asked, made.cached, made.bypassed, made.cost_usd) == (1, 1, 1, 0.75)
    assert made.failed == ("line 6: 429 come back later",)
    assert seen[-1] == (4, 4)


async def test_a_gateway_that_is_not_there_is_a_failure() -> None:
    made = await warm([Question(1, b'{"messages":[]}')], url="http://127.0.0.1:1", key="k")
    assert len(made.failed) == 1
