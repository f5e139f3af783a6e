"""What a message says, in the spellings of OpenAI-compatible vendors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.answer import Content, Finish, ToolCall
from lanewise.wire import OUTBOUND
from wire.calls import CHAT


def _completion(message: dict[str, Any], **members: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": members.pop("finish", "stop")}
    return json.dumps({"id": "x", "object": "chat.completion", "model": "m", "choices": [choice], **members}).encode()


def test_all_that_a_message_can_say_is_read() -> None:
    message = {
        "content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "Hi"}],
        "refusal": "No",
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"x": 1.10}'}}],
    }
    answer = OUTBOUND[CHAT].read_answer(_completion(message, finish="tool_calls"), want_content=True)
    assert answer.content == Content(
        text="Hi", reasoning="hm", refusal="No", tool_calls=(ToolCall(id="c", name="f", arguments='{"x": 1.10}'),)
    )
    assert answer.finish is Finish.TOOL_CALLS


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("stop", Finish.STOP),
        ("length", Finish.LENGTH),
        ("model_length", Finish.LENGTH),
        ("content_filter", Finish.CONTENT_FILTER),
        ("function_call", Finish.TOOL_CALLS),
        ("brand_new", Finish.OTHER),
        ("", None),
        (None, None),
    ],
)
def test_finish_reasons(word: str | None, finish: Finish | None) -> None:
    assert OUTBOUND[CHAT].read_answer(_completion({}, finish=word), want_content=False).finish is finish
