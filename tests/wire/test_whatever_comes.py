"""Properties that hold whatever comes: of callers' messages and markers, of vendors' fields, of a gateway behind another."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Content, Finish, Generation, ToolCall
from lanewise.core.conversation import Text, ToolResult, Turn
from lanewise.core.policy import ModelFacts
from lanewise.core.usage import Usage
from lanewise.wire.anthropic.blocks import Blocks
from lanewise.wire.cache_markers import without_cache_markers
from lanewise.wire.openai_chat import OpenAIChat
from lanewise.wire.openai_chat.message import Message, said
from wire.calls import HELLO, MESSAGES

BLANKS = st.text(alphabet="a \n\té", max_size=4)
PARTS = st.builds(Text, text=BLANKS) | st.builds(
    ToolResult, call_id=st.just("call_1"), parts=st.lists(st.builds(Text, text=BLANKS), max_size=2).map(tuple)
)
TURNS = st.builds(Turn, role=st.sampled_from(["user", "assistant"]), parts=st.lists(PARTS, max_size=4).map(tuple))


def texts(value: Any) -> list[str]:
    """Every text that stands in a message, as a string or in blocks."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    found = [value["text"]] if "text" in value else []
    return found + (texts(value["content"]) if "content" in value else [])


def written(value: Any) -> Any:
    return json.loads(msgspec.json.encode(value))


@given(st.lists(TURNS, max_size=4))
def test_no_blank_text_and_no_empty_message_is_ever_sent(turns: list[Turn]) -> None:
    """The vendor answers 400 to either."""
    messages = written(Blocks(ModelFacts(cache_markers=True)).messages(tuple(turns)))

    assert all(message["content"] for message in messages)
    assert all(text.strip() for message in messages for text in texts(message["content"]))
    said = [part.text for turn in turns for part in turn.parts if isinstance(part, Text) and part.text.strip()]
    assert [text for text in said if text not in texts([message["content"] for message in messages])] == []


MARKER = {"type": "ephemeral"}
MAYBE: dict[str, st.SearchStrategy[Any]] = {"cache_control": st.just(MARKER) | st.none()}
WORDS = st.sampled_from(["Hello", 'say "cache_control": {}', '{"cache_control":1}'])
PART = st.fixed_dictionaries({"type": st.just("text"), "text": WORDS}, optional=MAYBE)
MESSAGE = st.fixed_dictionaries(
    {"role": st.just("user"), "content": WORDS | st.lists(PART, max_size=3) | st.none()}, optional=MAYBE
)
FUNCTION = st.fixed_dictionaries(
    {"name": st.just("f"), "parameters": st.just({"properties": {"cache_control": {"type": "string"}}})}, optional=MAYBE
)
TOOL = st.fixed_dictionaries({"type": st.just("function"), "function": FUNCTION}, optional=MAYBE)


def bare(element: dict[str, Any]) -> dict[str, Any]:
    """The same by decoding: without the marker, and without those of its parts or its function."""
    rest = {key: value for key, value in element.items() if key != "cache_control"}
    if isinstance(rest.get("content"), list):
        rest["content"] = [bare(part) for part in rest["content"]]
    if "function" in rest:
        rest["function"] = bare(rest["function"])
    return rest


@given(st.lists(MESSAGE | TOOL, max_size=4), st.sampled_from([(",", ":"), (" , ", " : ")]))
def test_every_marker_goes_and_every_other_thing_of_its_name_stays(
    elements: list[dict[str, Any]], separators: tuple[str, str]
) -> None:
    array = json.dumps(elements, separators=separators).encode()
    without = without_cache_markers(array)

    assert json.loads(without) == [bare(element) for element in elements]
    assert without_cache_markers(without) == without


DETAILS = [{"type": "reasoning.text", "text": "hm", "signature": "proof"}]


@pytest.mark.parametrize(
    "fields",
    [
        {"reasoning_content": "hm"},
        {"reasoning": "hm"},
        {"reasoning_details": DETAILS},
        {"reasoning_content": "hm", "reasoning": "hm", "reasoning_details": DETAILS},
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                {"type": "text", "text": "8"},
            ]
        },
        {"content": [{"type": "thinking", "thinking": "hm"}, "8"]},
    ],
)
@pytest.mark.parametrize("field", [None, "reasoning", "reasoning_content"])
def test_thinking_is_heard_once(fields: dict[str, Any], field: str | None) -> None:
    text, reasoning, _ = said(Message(**({"content": "8"} | fields)), field)
    assert (text, reasoning) == ("8", "hm")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "thinking", "x"]), inner),
    max_leaves=5,
)


@given(JSON, JSON, JSON, JSON)
def test_an_unknown_shape_of_one_field_does_not_cost_the_answer(
    content: Any, first: Any, second: Any, details: Any
) -> None:
    message = Message(content=content, reasoning_content=first, reasoning=second, reasoning_details=details)
    assert all(isinstance(each, str) for each in said(message, None))


CHAT = OpenAIChat()
TEXT = st.text(max_size=12)
CALLS = st.lists(st.builds(ToolCall, id=st.just("call_1"), name=st.just("f"), arguments=TEXT), max_size=2).map(tuple)
CONTENTS = st.builds(Content, text=TEXT, reasoning=TEXT, refusal=TEXT, tool_calls=CALLS)


@given(CONTENTS, st.sampled_from([finish for finish in Finish if finish is not Finish.OTHER]), st.integers(0, 99))
def test_an_answer_means_the_same_one_gateway_further_on(content: Content, finish: Finish, tokens: int) -> None:
    usage = Usage(input_tokens=2 * tokens, cached_tokens=tokens, output_tokens=tokens, reasoning_tokens=tokens // 2)
    generation = Generation(dialect=MESSAGES, content=content, finish=finish, usage=usage, served_model="model-2026")
    request = CHAT.read_request(HELLO)

    read = CHAT.read_answer(CHAT.write_answer(generation, request, b"{}", run_id="r", created_s=1), want_content=True)

    assert (read.content, read.finish, read.served_model, read.failure) == (content, finish, "model-2026", None)
    assert read.usage is not None
    assert (read.usage.input_tokens, read.usage.cached_tokens) == (2 * tokens, tokens)
    assert (read.usage.output_tokens, read.usage.reasoning_tokens) == (tokens, tokens // 2)
