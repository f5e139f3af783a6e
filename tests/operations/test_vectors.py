"""Vectors of questions, from a server of OpenAI's dialect on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from lanewise.operations.vectors import NoVectors, cosines
from lanewise.similarity.learned import Labelled

PAIRS = [Labelled(one="a", other="b", same=True), Labelled(one="a", other="c", same=False)]
OF = {"a": [2.0, 0.0], "b": [1.0, 1.0], "c": [0.0, 5.0]}
NAME = "vec/model"


def told(body: dict[str, Any], deployment: str = NAME) -> dict[str, Any]:
    rows = [{"index": at, "embedding": OF.get(text, [1.0, 0.0])} for at, text in enumerate(body["input"])]
    return {"data": rows[::-1], "lanewise": {"deployment": deployment}}


@asynccontextmanager
async def served(
    answer: Callable[[dict[str, Any]], tuple[int, dict[str, Any]]],
) -> AsyncIterator[tuple[str, list[Any]]]:
    asked: list[Any] = []

    async def post(request: web.Request) -> web.Response:
        body = await request.json()
        asked.append((request.headers["authorization"], body))
        status, said = answer(body)
        return web.json_response(said, status=status)

    app = web.Application()
    app.router.add_post("/v1/embeddings", post)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/", asked
    finally:
        await runner.cleanup()


async def test_each_question_is_asked_once_and_pairs_are_as_alike_as_their_vectors() -> None:
    async with served(lambda body: (200, told(body))) as (url, asked):
        found = await cosines(PAIRS, embedding=NAME, url=url, key="lw-key")
    assert found == pytest.approx([0.5**0.5, 0.0])
    assert asked == [("Bearer lw-key", {"model": NAME, "input": ["a", "b", "c"], "encoding_format": "float"})]


async def test_many_questions_are_asked_in_several_requests() -> None:
    many = [Labelled(one=f"q{number}", other="a", same=True) for number in range(100)]
    seen: list[tuple[int, int]] = []
    async with served(lambda body: (200, told(body))) as (url, asked):
        assert len(await cosines(many, embedding=NAME, url=url, key="", done=lambda *at: seen.append(at))) == 100
    assert [len(body["input"]) for _, body in asked] == [64, 37]
    assert seen == [(64, 101), (101, 101)]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda _: (404, {"error": "no such model"}), "404"),
        (lambda body: (200, told(body, "other/model")), "pin"),
        (lambda body: (200, told(body | {"input": ["a"]})), "1 vectors for 3 questions"),
    ],
    ids=["refused", "another model", "too few"],
)
async def test_whatever_is_wrong_is_told(answer: Callable[[Any], tuple[int, Any]], words: str) -> None:
    async with served(answer) as (url, _):
        with pytest.raises(NoVectors, match=words):
            await cosines(PAIRS, embedding=NAME, url=url, key="")


async def test_nobody_there_is_told() -> None:
    with pytest.raises(NoVectors, match=r"127\.0\.0\.1:1"):
        await cosines(PAIRS, embedding=NAME, url="http://127.0.0.1:1", key="")
