"""The Responses dialect as a whole: what is said arrives, whatever comes, and in both directions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Content, Delta, Finish, Generation, TokenLogprob, ToolCall, ToolCallDelta
from lanewise.core.conversation import Conversation
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.core.request import Dialect
from lanewise.core.usage import Usage
from lanewise.wire import INBOUND, OUTBOUND
from wire.calls import chat, unhurried
from wire.responses_calls import FUNCTION, RESPONSES, SPOKEN, asked, call_of, read, streamed, written

MESSAGES = Dialect.ANTHROPIC_MESSAGES
TEXT = st.text(max_size=12)
NUMBER = st.floats(-20, 0)
CALLS = st.lists(st.builds(ToolCall, id=st.just("call_1"), name=st.just("f"), arguments=TEXT), max_size=2).map(tuple)
LOGPROBS = st.lists(
    st.builds(TokenLogprob, token=TEXT, logprob=NUMBER, top=st.lists(st.tuples(TEXT, NUMBER), max_size=2).map(tuple)),
    max_size=2,
).map(tuple)
FINISHES = st.sampled_from([Finish.STOP, Finish.LENGTH, Finish.CONTENT_FILTER])


@given(TEXT, TEXT, TEXT, CALLS, LOGPROBS, FINISHES, st.integers(0, 99))
def test_an_answer_means_the_same_one_gateway_further_on(
    text: str, reasoning: str, refusal: str, calls: Any, logprobs: Any, finish: Finish, tokens: int
) -> None:
    content = Content(
        text=text, reasoning=reasoning, refusal=refusal, tool_calls=calls, logprobs=logprobs if text else ()
    )
    usage = Usage(input_tokens=2 * tokens, cached_tokens=tokens, output_tokens=tokens, reasoning_tokens=tokens // 2)
    generation = Generation(dialect=MESSAGES, content=content, finish=finish, usage=usage, served_model="model-2026")
    body = SPOKEN.write_answer(generation, asked(), b"{}", run_id="r", created_s=1)
    told = SPOKEN.read_answer(body, want_content=True)

    assert told.content is not None
    assert (told.content.text, told.content.reasoning, told.content.refusal) == (text, reasoning, refusal)
    assert (told.content.tool_calls, told.content.logprobs) == (calls, content.logprobs)
    assert told.finish is (Finish.TOOL_CALLS if calls and finish is Finish.STOP else finish)
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.cached_tokens) == (2 * tokens, tokens)
    assert (told.usage.output_tokens, told.usage.reasoning_tokens) == (tokens, tokens // 2)


PIECE = st.text(min_size=1, max_size=8)


@given(
    st.lists(
        st.builds(Delta, text=PIECE)
        | st.builds(Delta, reasoning=PIECE)
        | st.builds(Delta, refusal=PIECE)
        | st.builds(
            lambda index, text: Delta(
                tool_calls=(ToolCallDelta(index=index, id=f"c{index}", name="f", arguments=text),)
            ),
            st.integers(0, 1),
            PIECE,
        ),
        max_size=8,
    )
)
@unhurried
def test_a_stream_means_the_same_one_gateway_further_on(deltas: list[Delta]) -> None:
    again, failure = read(streamed(MESSAGES, [*deltas, Delta(finish=Finish.LENGTH)]))
    assert failure is None
    for field in ("text", "reasoning", "refusal"):
        assert "".join(getattr(each, field) for each in again) == "".join(getattr(each, field) for each in deltas)
    first, second = (
        {
            name: "".join(piece.arguments for each in some for piece in each.tool_calls if names[piece.index] == name)
            for name in names.values()
        }
        for some, names in ((again, _ids(again)), (deltas, _ids(deltas)))
    )
    assert first == second


def _ids(deltas: list[Delta]) -> dict[int, str]:
    return {piece.index: piece.id for each in deltas for piece in each.tool_calls if piece.id}


CHAT_MEMBERS: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [{"type": "text", "text": "See"}, {"type": "image_url", "image_url": {"url": "https://a/b"}}],
        },
        {
            "role": "assistant",
            "content": "I will",
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"n": 1.10}'}}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "four"},
        {"role": "user", "content": "And?"},
    ],
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
    "tool_choice": "required",
    "parallel_tool_calls": False,
    "temperature": 0.5,
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "s", "schema": {"type": "object"}, "strict": True},
    },
}


def test_a_conversation_of_another_dialect_is_the_same_one_when_it_is_read_again() -> None:
    """Said in this dialect and read in it, a chat completion asks what it asked."""
    request = INBOUND[Dialect.OPENAI_CHAT].read_request(chat(**CHAT_MEMBERS))
    meant = INBOUND[Dialect.OPENAI_CHAT].read_conversation(request).conversation
    body = written(call_of(request)).body
    again = SPOKEN.read_conversation(SPOKEN.read_request(body)).conversation
    assert again == Conversation(**{name: getattr(meant, name) for name in meant.__slots__} | {"tools": again.tools})
    assert [(tool.name, tool.schema, bool(tool.strict)) for tool in again.tools] == [
        (tool.name, tool.schema, bool(tool.strict)) for tool in meant.tools
    ]


def test_a_request_of_this_dialect_is_said_to_a_vendor_of_another() -> None:
    wire = written(
        call_of(
            asked(
                instructions="Be brief.",
                tools=[FUNCTION, {"type": "web_search"}],
                input=[
                    {"role": "user", "content": "Look it up"},
                    {"type": "function_call", "call_id": "c1", "name": "look_up", "arguments": '{"n": 1.10}'},
                    {"type": "function_call_output", "call_id": "c1", "output": "four"},
                ],
            ),
            dialect=MESSAGES,
        )
    )
    body = json.loads(wire.body)
    assert body["system"] == "Be brief."
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]
    assert b'{"n": 1.10}' in wire.body
    assert wire.dropped == ("tools[].type web_search: the tool is the vendor's own and cannot be offered by another",)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "role",
                    "id",
                    "content",
                    "text",
                    "output",
                    "call_id",
                    "name",
                    "arguments",
                    "summary",
                    "input",
                    "tools",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
BODY = st.fixed_dictionaries(
    {"model": st.just("any"), "input": JSON},
    optional=dict.fromkeys(
        (
            "instructions", "tools", "tool_choice", "text", "reasoning", "include", "metadata", "temperature", "top_logprobs",
            "previous_response_id", "conversation", "prompt", "store", "user", "parallel_tool_calls",
        ),
        JSON,
    ),
)  # fmt: skip


@given(BODY)
@unhurried
def test_whatever_is_asked_it_is_said_or_refused_and_nothing_else_happens(body: dict[str, Any]) -> None:
    try:
        request = SPOKEN.read_request(json.dumps(body).encode())
        written(call_of(request))
        written(call_of(request, dialect=MESSAGES))
    except InvalidRequest:
        return
    assert SPOKEN.write_answer(
        Generation(dialect=MESSAGES, content=Content(text="a"), finish=Finish.STOP),
        request,
        b"{}",
        run_id="r",
        created_s=1,
    )


ITEMS = st.lists(JSON, max_size=3)
EVENT = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            [
                "response.created", "response.output_item.added", "response.output_item.done", "response.output_text.delta",
                "response.output_text.done", "response.function_call_arguments.delta", "response.reasoning_summary_text.delta",
                "response.completed", "response.incomplete", "response.failed", "error", "response.later",
            ]
        )
    },
    optional=dict.fromkeys(("item", "delta", "response", "output_index", "logprobs", "error", "text", "arguments"), JSON),
)  # fmt: skip


@given(
    st.lists(
        EVENT.map(lambda event: b"data: " + json.dumps(event).encode() + b"\n\n") | st.binary(max_size=20), max_size=6
    )
)
@unhurried
def test_whatever_a_vendor_streams_it_is_read_or_malformed(pieces: list[bytes]) -> None:
    reader = OUTBOUND[RESPONSES].stream_reader(ModelFacts())
    for piece in pieces:
        reader.feed(piece)
    failure = reader.end()
    assert failure is None or failure.message


@given(
    st.fixed_dictionaries(
        {"output": JSON | ITEMS},
        optional=dict.fromkeys(("status", "error", "usage", "model", "incomplete_details"), JSON),
    ),
    st.booleans(),
)
@unhurried
def test_whatever_a_vendor_answers_it_is_an_answer_or_a_failure(body: dict[str, Any], want_content: bool) -> None:
    answer = OUTBOUND[RESPONSES].read_answer(json.dumps(body).encode(), want_content=want_content)
    assert answer.failure is None or answer.failure.message


@pytest.mark.parametrize("source", [MESSAGES, Dialect.OPENAI_CHAT])
def test_a_writer_begins_once(source: Dialect) -> None:
    writer = SPOKEN.stream_writer(asked(stream=True), run_id="r", created_s=1)
    stream = b"".join(writer.write(source, [Delta(text=each)]) for each in "abc") + writer.finish(b"{}")
    assert stream.count(b"event: response.created") == 1
