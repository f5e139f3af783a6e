"""Conversations said in Gemini's words and read again: nothing that both can say is lost."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.conversation import (
    Conversation,
    Document,
    Image,
    Part,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
    Translated,
    Turn,
)
from lanewise.core.request import Dialect, Target
from wire.gemini_calls import GEMINI, call

WORDS = st.text(min_size=1, max_size=8)
BASE64 = st.sampled_from(["aGk=", "+//+"])
TEXTS = st.builds(Text, text=WORDS)
IMAGES = st.builds(Image, data=BASE64, media_type=st.just("image/png")) | st.builds(
    Image, url=st.just("https://a/b.png"), media_type=st.just("image/png")
)
DOCUMENTS = st.builds(Document, data=BASE64, media_type=st.just("application/pdf")) | st.builds(
    Document, text=WORDS, media_type=st.just("text/plain")
)
THINKING = st.builds(Thinking, text=WORDS, signature=st.sampled_from(["", "p1", "p2"]), origin=st.just(Dialect.GEMINI))
ARGUMENTS = st.dictionaries(WORDS, st.integers(), max_size=2).map(json.dumps)
#: What a function gives: words, or an object of its own.
OUTCOMES = WORDS | st.dictionaries(st.sampled_from(["result", "error", "a"]), st.text(max_size=3), max_size=2).map(
    json.dumps
)


@st.composite
def loops(draw: st.DrawFn) -> list[Turn]:
    """A question, thinking and calls, their results, an answer."""
    names = draw(st.lists(st.sampled_from(["f", "g"]), min_size=1, max_size=3))
    said: list[Part] = [draw(THINKING)] if draw(st.booleans()) else []
    said += [draw(TEXTS)] if draw(st.booleans()) else []
    said += [
        ToolUse(id=f"c{place}", name=name, arguments=draw(ARGUMENTS), signature=draw(st.sampled_from(["", "p3"])))
        for place, name in enumerate(names)
    ]
    results: list[Part] = [
        ToolResult(call_id=f"c{place}", name=name, parts=(Text(text=draw(OUTCOMES)),), failed=False)
        for place, name in enumerate(names)
    ]
    question = draw(st.lists(TEXTS | IMAGES | DOCUMENTS, min_size=1, max_size=3))
    return [
        Turn(role="user", parts=tuple(question)),
        Turn(role="assistant", parts=tuple(said)),
        Turn(role="user", parts=(*draw(st.permutations(results)), *draw(st.lists(TEXTS, max_size=1)))),
        Turn(role="assistant", parts=(draw(TEXTS),)),
    ]


TOOLS = (
    Tool(name="f", description="d", schema=b'{"type":"object","properties":{"a":{"type":"string"}}}'),
    Tool(name="g", schema=b'{"const":1.10}'),
)
CHOICES = st.sampled_from(
    [
        ToolChoice(),
        ToolChoice(mode="none"),
        ToolChoice(mode="any"),
        ToolChoice(mode="tool", name="f"),
        ToolChoice(allowed=("f", "g")),
    ]
)
CONVERSATIONS = st.builds(
    Conversation,
    turns=st.lists(loops(), min_size=1, max_size=2).map(lambda each: tuple(turn for loop in each for turn in loop)),
    system=st.lists(TEXTS, max_size=2).map(tuple),
    tools=st.just(TOOLS),
    tool_choice=CHOICES,
    temperature=st.none() | st.just(0.7),
    top_k=st.none() | st.just(40),
    seed=st.none() | st.just(7),
    logprobs=st.none() | st.integers(0, 5),
    stop=st.sampled_from([(), ("END",)]),
    schema=st.none() | st.just(b'{"const":1.10}'),
)


@given(CONVERSATIONS)
def test_a_conversation_is_read_again_as_it_was_said(conversation: Conversation) -> None:
    wire = GEMINI.write_call(call(), Translated(conversation, []))
    again = GEMINI.read_conversation(GEMINI.read_request(wire.body, Target(model="m", stream=False)))
    assert again.conversation == conversation
    assert again.dropped == []


@given(CONVERSATIONS)
def test_the_same_conversation_is_said_the_same_way(conversation: Conversation) -> None:
    """Vendors' prompt caches match bytes."""
    assert GEMINI.write_call(call(), Translated(conversation, [])) == GEMINI.write_call(
        call(), Translated(conversation, [])
    )
