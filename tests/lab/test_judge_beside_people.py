"""Rows that people have judged, and a judge's word on them."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from rich.console import Console

from judging import says
from lanewise.bootstrap.checking import judge_of
from lanewise.core.errors import LanewiseError
from lanewise.core.protocols.router import Question
from lanewise.lab.judge_beside_people import (
    Labelled,
    WrongRows,
    beside_people,
    judge_view,
    judged_by,
    read_rows,
    through_gateway,
)
from walking import deployment

GOOD, BAD = '{"reason": "none", "grade": 9}', '{"reason": "wrong", "grade": 2}'
ANSWER = '{"question": "2 + 2?", "answer": "4", "right": true}'
PAIR = '{"question": "Thank her.", "first": "Thanks!", "second": "Dear Ms Ray", "better": "second"}'


def file(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(lines))
    return path


def test_rows_are_answers_or_pairs(tmp_path: Path) -> None:
    one, two = read_rows(file(tmp_path, ANSWER, "", PAIR))
    assert (one.alone, two.alone) == (True, False)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ((), "holds no rows"),
        (("{",), "line 1"),
        ((ANSWER, '{"question": "q"}'), "line 2"),
        (('{"question": "q", "answer": "a"}',), '"right"'),
        (('{"question": "q", "first": "a", "second": "b"}',), '"better"'),
        ((ANSWER[:-1] + ', "first": "a", "second": "b", "better": "first"}',), "for a pair"),
        (('{"question": "q", "answer": "a", "right": true, "grade": 3}',), "grade"),
    ],
)
def test_a_row_that_cannot_be_used_is_told_with_its_line(tmp_path: Path, lines: tuple[str, ...], why: str) -> None:
    with pytest.raises(WrongRows, match=why):
        read_rows(file(tmp_path, *lines))


async def test_a_judge_is_asked_only_about_rows_without_its_word() -> None:
    asked: list[Question] = []

    async def ask(question: Question) -> str | None:
        asked.append(question)
        return GOOD

    rows = [Labelled("q", answer="a", right=False, judged=False), Labelled("q", answer="b", right=True)]
    judged = await judged_by(judge_of("nano"), rows, ask)
    assert [row.judged for row in judged] == [False, True]
    assert len(asked) == 1
    (found,) = beside_people(judged)
    assert (found.kind, found.rows, found.found.agreement.hits) == ("answers", 2, 2)


async def test_a_judge_that_goes_by_the_order_says_nothing_of_pairs() -> None:
    row = Labelled("q", first="a", second="b", better="second")
    (judged,) = await judged_by(judge_of("nano"), [row], says('{"better": "A"}'))
    (found,) = beside_people([judged])
    assert (found.kind, found.found.abstained, found.found.agreement.of) == ("pairs", 1, 0)
    (judged,) = await judged_by(judge_of("nano"), [row], says('{"better": "B"}', '{"better": "A"}'))
    assert judged.judged == "second"


async def test_a_judge_does_not_judge_its_own_family() -> None:
    row = Labelled("q", answer="a", right=True, answered_by="gpt-5.5")
    (judged,) = await judged_by(judge_of("gpt-5.4-nano", pass_at=5), [row], says(GOOD))
    assert judged.judged is None


def test_rows_that_nobody_has_judged_are_left_out() -> None:
    assert beside_people([Labelled("q", answer="a", right=True)]) == []


def test_rates_are_shown_with_their_intervals() -> None:
    rows = [Labelled("q", answer="a", right=right, judged=right) for right in (True, False)] * 20
    rows += [Labelled("q", answer="a", right=False, judged=True)] * 10
    rows += [Labelled("q", first="a", second="b", better="first", judged=None)]
    console = Console(width=200, record=True)
    console.print(judge_view(beside_people(rows)))
    shown = console.export_text()
    assert "40/50, 80.0% (67.0% to 88.8%)" in shown
    assert "10/30, 33.3%" in shown
    assert "0.62" in shown


async def test_questions_go_through_a_gateway_as_an_application_s_do() -> None:
    seen: list[dict[str, object]] = []

    async def chat(request: web.Request) -> web.Response:
        seen.append({"key": request.headers["authorization"], **await request.json()})
        if len(seen) > 1:
            return web.json_response({"error": {"message": "The daily budget is used up"}}, status=402)
        return web.json_response({"choices": [{"message": {"content": BAD}}]})

    app = web.Application()
    app.router.add_post("/v1/chat/completions", chat)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        ask = through_gateway(f"http://127.0.0.1:{runner.addresses[0][1]}/", "lw_key", "nano")
        question = Question(
            purpose="judge", deployment=deployment("a/b"), system="s", text="t", max_output_tokens=9, timeout_s=5.0
        )
        assert await ask(question) == BAD
        with pytest.raises(LanewiseError, match="402: The daily budget is used up"):
            await ask(question)
    finally:
        await runner.cleanup()
    assert (seen[0]["key"], seen[0]["model"], seen[0]["max_completion_tokens"]) == ("Bearer lw_key", "nano", 9)
