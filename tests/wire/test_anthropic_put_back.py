"""Hidden thinking is put back before the calls it led to, with all other bytes kept."""

from __future__ import annotations

import json
from typing import Any

from lanewise.core.answer import Thought
from lanewise.wire.anthropic.put_back import bare_calls, with_thinking

USED = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}
MORE = {"type": "tool_use", "id": "toolu_2", "name": "f", "input": {}}
THINKING = {"type": "thinking", "thinking": "hm", "signature": "proof"}
SAID: list[dict[str, Any]] = [
    {"role": "user", "content": "What is it?"},
    {"role": "assistant", "content": [{"type": "text", "text": "Let me look."}, USED, MORE]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "1"}]},
    {"role": "assistant", "content": [THINKING, MORE]},
    {"role": "assistant", "content": "Done."},
]
BODY = b'{"max_tokens":  10.50,"messages": ' + json.dumps(SAID).encode() + b',"later":{"a" : 1}}'


def test_answers_are_found_that_called_tools_and_show_no_thinking() -> None:
    assert bare_calls(BODY) == {1: "toolu_1"}
    assert bare_calls(b'{"messages":[{"role":"user","content":"tool_use"}]}') == {}


def test_thinking_comes_first_and_every_other_byte_stays() -> None:
    body = with_thinking(BODY, {1: (Thought(text="é", signature="s1"), Thought(encrypted="sealed"))})

    content = json.loads(body)["messages"][1]["content"]
    assert content == [
        {"type": "thinking", "thinking": "é", "signature": "s1"},
        {"type": "redacted_thinking", "data": "sealed"},
        *SAID[1]["content"],
    ]
    assert body.startswith(b'{"max_tokens":  10.50,"messages": [{"role": "user"')
    assert body.endswith(b',"later":{"a" : 1}}')
    assert json.loads(body)["messages"][2:] == SAID[2:]
