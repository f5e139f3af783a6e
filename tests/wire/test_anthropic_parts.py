"""Odd blocks: what they say as far as they say anything, and never a fault of ours."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.conversation import Document, Text
from lanewise.core.errors import InvalidRequest
from lanewise.wire.anthropic.conversation import read_conversation
from wire.test_anthropic_conversation import parts, told, user

LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "text", "base64", "url", "file"])
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["type", "text", "content", "data", "source"]), inner, max_size=3)
    ),
    max_leaves=6,
)
KINDS = ["text", "image", "document", "thinking", "redacted_thinking", "tool_use", "tool_result", "search_result", "x"]
BLOCKS = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS)},
    optional=dict.fromkeys(
        ("text", "source", "content", "thinking", "signature", "data", "id", "input", "tool_use_id", "title"), JSON
    ),
)


@given(
    st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.lists(BLOCKS, max_size=3)), min_size=1, max_size=3)
)
def test_whatever_blocks_come_there_is_a_meaning_or_a_refusal(said: list[tuple[str, list[dict[str, Any]]]]) -> None:
    body = {"model": "m", "messages": [{"role": role, "content": blocks} for role, blocks in said]}
    try:
        conversation, dropped = read_conversation(json.dumps(body).encode())
    except InvalidRequest:
        return
    assert all(turn.parts for turn in conversation.turns)
    assert all(": " in each for each in dropped)


def test_citations_are_told_as_lost() -> None:
    cited = {"type": "text", "text": "so", "citations": [{"type": "char_location"}]}
    asked = {
        "type": "document",
        "citations": {"enabled": True},
        "context": "about it",
        "source": {"type": "text", "media_type": "text/plain", "data": "words"},
    }
    conversation, dropped = told(messages=[user(asked), {"role": "assistant", "content": [cited]}])
    assert conversation.turns[0].parts == (Document(text="words", media_type="text/plain"),)
    assert dropped == [
        "messages[].content[].citations: this vendor cites in its own way",
        "messages[].content[].context: this vendor takes no words about a document",
    ]


def test_empty_words_are_none() -> None:
    assert parts({"type": "text", "text": ""}, {"type": "text", "text": "x"}) == (Text(text="x"),)
