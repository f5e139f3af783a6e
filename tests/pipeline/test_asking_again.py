from __future__ import annotations

import msgspec
import pytest

from lanewise.core.answer import Content, ToolCall
from lanewise.core.verdict import Verdict
from lanewise.pipeline.asking_again import MAX_SHOWN_CHARS, asked_again, gives_up
from walking import request

NEAR = Verdict(verifier="json_schema", word="reject", kind="form", reason="`n` is missing", repairable=True)


def told(content: Content, verdict: Verdict = NEAR) -> list[dict[str, str]]:
    messages: list[dict[str, str]] = msgspec.json.decode(asked_again(request(), content, verdict).body)["messages"]
    return messages[1:]


def test_the_model_sees_its_answer_and_why_it_did_not_pass() -> None:
    failed, why = told(Content(text="{}"))
    assert failed == {"role": "assistant", "content": "{}"}
    assert "`n` is missing" in why["content"]


def test_a_near_miss_is_mended_and_a_far_one_done_anew() -> None:
    assert "keep everything else" in told(Content(text="{}"))[1]["content"]
    far = msgspec.structs.replace(NEAR, repairable=False)
    assert "without building on that answer" in told(Content(text="{}"), far)[1]["content"]


def test_an_answer_of_tool_calls_alone_is_told_without_a_turn_of_its_own() -> None:
    (why,) = told(Content(tool_calls=(ToolCall(id="1", name="refund", arguments='{"a": 1}'),)))
    assert 'You called refund({"a": 1}). It was not run.' in why["content"]


def test_a_very_long_answer_loses_its_middle() -> None:
    failed, _ = told(Content(text="a" * MAX_SHOWN_CHARS + "b" * MAX_SHOWN_CHARS))
    assert len(failed["content"]) < MAX_SHOWN_CHARS + 20
    assert failed["content"].startswith("aaa")
    assert failed["content"].endswith("bbb")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("CANNOT SOLVE: a number is missing", "a number is missing"),
        ("  **Cannot solve**: no solution.", "no solution"),
        ("CANNOT SOLVE", "the model gives no reason"),
        ("CANNOT SOLVE\nThe figure is missing.", "The figure is missing"),
        ("Cannot solve \u2014 no figure", "no figure"),
        ("<think>hard</think>\n**CANNOT SOLVE:** no figure", "no figure"),
        ("<think>CANNOT SOLVE: no</think>4", None),
        ("Cannot solve this by factoring, so use the formula: 4", None),
        ("Cannot solved be what is not asked.", None),
        ("One cannot solve this by hand. The answer is 4.", None),
        ("4", None),
        ("", None),
    ],
)
def test_giving_up_is_the_whole_answer(text: str, why: str | None) -> None:
    assert gives_up(Content(text=text)) == why


def test_who_calls_a_tool_has_not_given_up() -> None:
    calls = (ToolCall(id="1", name="look_up", arguments="{}"),)
    assert gives_up(Content(text="CANNOT SOLVE: yet", tool_calls=calls)) is None
    assert gives_up(None) is None


def test_a_reason_to_give_up_is_as_long_as_one_reads() -> None:
    why = gives_up(Content(text="\n" * 100_000 + "CANNOT SOLVE: " + "no, " * 100_000))
    assert why is not None
    assert len(why) < 2_000
