"""The items of a vendor's output."""

from __future__ import annotations

import pytest

from lanewise.core.answer import Finish, Thought, TokenLogprob, ToolCall
from lanewise.wire.openai_responses.items import OutputItem, call_of, content_of, finish_of, thought_of

PROBABLE = {
    "token": "a",
    "logprob": -0.5,
    "bytes": [97],
    "top_logprobs": [{"token": "b", "logprob": -2, "bytes": [98]}],
}


def test_what_all_items_say_together() -> None:
    content = content_of(
        [
            OutputItem(
                type="reasoning", id="rs_1", summary=[{"type": "summary_text", "text": "hm"}], encrypted_content="e"
            ),
            OutputItem(type="web_search_call", id="ws_1"),
            OutputItem(
                type="message",
                content=[
                    {"type": "output_text", "text": "yes", "logprobs": [PROBABLE]},
                    {"type": "refusal", "refusal": "but no"},
                    {"type": "later", "text": "not heard"},
                ],
            ),
            OutputItem(type="function_call", id="fc_1", call_id="call_1", name="f", arguments='{"a": 1.10}'),
        ]
    )
    assert (content.text, content.reasoning, content.refusal) == ("yes", "hm", "but no")
    assert content.tool_calls == (ToolCall(id="call_1", name="f", arguments='{"a": 1.10}'),)
    assert content.thoughts == (Thought(text="hm", encrypted="e", id="rs_1"),)
    assert content.logprobs == (TokenLogprob(token="a", logprob=-0.5, top=(("b", -2.0),)),)


def test_thinking_is_heard_once() -> None:
    said = [{"type": "reasoning_text", "text": "long"}]
    summary = [{"type": "summary_text", "text": "one"}, {"type": "summary_text", "text": "two"}]
    assert thought_of(OutputItem(summary=summary, content=said)).text == "one\n\ntwo"
    assert thought_of(OutputItem(summary=[], content=said)).text == "long"
    assert thought_of(OutputItem(summary=5, content="x", encrypted_content=7)) == Thought()


def test_calls_of_other_kinds_of_tools() -> None:
    free = OutputItem(type="custom_tool_call", call_id="c", name="patch", input="*** Begin")
    assert call_of(free) == ToolCall(id="c", name="patch", arguments="*** Begin")
    grouped = OutputItem(type="function_call", id="fc_1", name="close", namespace="agents", arguments={"id": 1})
    assert call_of(grouped) == ToolCall(id="fc_1", name="agents__close", arguments='{"id":1}')


@pytest.mark.parametrize(
    ("status", "reason", "calls", "finish"),
    [
        ("completed", None, False, Finish.STOP),
        ("completed", None, True, Finish.TOOL_CALLS),
        ("incomplete", "max_output_tokens", True, Finish.LENGTH),
        ("incomplete", "content_filter", False, Finish.CONTENT_FILTER),
        ("incomplete", "later", False, Finish.OTHER),
        ("queued", None, False, Finish.OTHER),
        (None, None, False, None),
    ],
)
def test_why_it_stopped(status: str | None, reason: str | None, calls: bool, finish: Finish | None) -> None:
    assert finish_of(status, reason, calls=calls) is finish
