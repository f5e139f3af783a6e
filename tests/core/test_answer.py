"""What counts as showing something of an answer: from then on no other deployment may take over unseen."""

from __future__ import annotations

import pytest

from lanewise.core.answer import Delta, Finish, ToolCallDelta
from lanewise.core.usage import Usage


@pytest.mark.parametrize(
    "delta",
    [
        Delta(text="Ei"),
        Delta(reasoning="hm"),
        Delta(refusal="I cannot"),
        Delta(tool_calls=(ToolCallDelta(index=0, id="c", name="look_up"),)),
    ],
)
def test_words_thinking_refusals_and_tool_calls_are_seen(delta: Delta) -> None:
    assert delta.shows


@pytest.mark.parametrize(
    "delta",
    [
        Delta(raw=b": OPENROUTER PROCESSING\n\n"),
        Delta(raw=b'data: {"choices":[{"delta":{"role":"assistant"}}]}\n\n'),
        Delta(signature="proof"),
        Delta(usage=Usage(input_tokens=9), served_model="small"),
        Delta(finish=Finish.STOP),
        Delta(last=True),
    ],
)
def test_bytes_without_a_word_for_the_caller_are_not(delta: Delta) -> None:
    assert not delta.shows
