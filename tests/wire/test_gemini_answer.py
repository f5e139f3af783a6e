"""Whole responses: a vendor's read, a caller's written, and that one is the other's inverse."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Content, Finish, Generation, Thought, TokenLogprob, ToolCall
from lanewise.core.protocols.dialect import WireAnswer
from lanewise.core.request import Dialect
from lanewise.core.usage import Usage
from wire.gemini_calls import GEMINI, request, response


def read(body: dict[str, Any]) -> WireAnswer:
    return GEMINI.read_answer(json.dumps(body).encode(), want_content=True)


def content_of(body: dict[str, Any]) -> Content:
    content = read(body).content
    assert content is not None
    return content


def test_thoughts_keep_their_proofs_piece_by_piece() -> None:
    content = content_of(
        response(
            {"text": "hm", "thought": True},
            {"text": "So", "thoughtSignature": "p1"},
            {"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "p2"},
            {"text": "ah", "thought": True},
        )
    )
    assert (content.text, content.reasoning) == ("So", "hmah")
    assert content.thoughts == (Thought(text="hm", signature="p1"), Thought(text="ah"))
    (call,) = content.tool_calls
    assert (call.name, call.arguments, call.signature) == ("f", '{"a": 1}', "p2")


def test_a_blocked_prompt_is_an_answer_that_refuses() -> None:
    told = read({"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": "No."}, "modelVersion": "m"})
    assert (told.failure, told.finish, told.served_model) == (None, Finish.CONTENT_FILTER, "m")
    assert told.content == Content(refusal="No.")


@pytest.mark.parametrize(
    ("parts", "reason", "empty"),
    [
        ([{"text": "hm", "thought": True}], "STOP", True),
        ([], "MAX_TOKENS", True),
        ([{"text": " \n"}], "STOP", True),
        ([{"text": "a"}], "STOP", False),
        ([{"functionCall": {"name": "f"}}], "STOP", False),
        ([{"inlineData": {"data": "aGk="}}], "STOP", False),
        ([], "SAFETY", False),
        ([], "MALFORMED_FUNCTION_CALL", False),
    ],
)
@pytest.mark.parametrize("want_content", [True, False])
def test_an_answer_that_says_nothing_is_empty(
    parts: list[dict[str, Any]], reason: str, *, empty: bool, want_content: bool
) -> None:
    body = json.dumps(response(*parts, finish=reason)).encode()
    assert GEMINI.read_answer(body, want_content=want_content).empty is empty


def test_a_call_that_another_vendor_made_says_so_in_place_of_a_proof() -> None:
    calls = (
        ToolCall(id="c1", name="f", arguments="{}", signature="theirs"),
        ToolCall(id="c2", name="g", arguments="oops"),
    )
    generation = Generation(dialect=Dialect.OPENAI_CHAT, content=Content(tool_calls=calls), finish=Finish.TOOL_CALLS)
    body = GEMINI.write_answer(generation, request(), b"{}", run_id="r", created_s=1)
    first, second = json.loads(body)["candidates"][0]["content"]["parts"]
    assert first["thoughtSignature"] == "skip_thought_signature_validator"
    assert "thoughtSignature" not in second
    assert second["functionCall"]["args"] == {"arguments": "oops"}


def test_a_refusal_in_words_is_said_and_its_ending_told() -> None:
    generation = Generation(
        dialect=Dialect.OPENAI_CHAT, content=Content(refusal="I may not."), finish=Finish.CONTENT_FILTER
    )
    body = json.loads(GEMINI.write_answer(generation, request(), b"{}", run_id="r", created_s=1))
    candidate = body["candidates"][0]
    assert (candidate["content"]["parts"], candidate["finishReason"]) == ([{"text": "I may not."}], "SAFETY")


def test_another_vendor_s_thoughts_are_shown_to_who_asked_for_them() -> None:
    generation = Generation(dialect=Dialect.OPENAI_CHAT, content=Content(text="8", reasoning="hm"), finish=Finish.STOP)
    shown = []
    for asked in (request(), THOUGHTFUL):
        body = json.loads(GEMINI.write_answer(generation, asked, b"{}", run_id="r", created_s=1))
        shown.append(body["candidates"][0]["content"]["parts"])
    assert shown == [[{"text": "8"}], [{"text": "hm", "thought": True}, {"text": "8"}]]


THOUGHTFUL = request(generationConfig={"thinkingConfig": {"includeThoughts": True}})
OBJECTS = st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=4), max_size=3)
CALLS = st.lists(
    st.builds(
        ToolCall,
        id=st.text(alphabet="abc123", min_size=1, max_size=6),
        name=st.sampled_from(["f", "g"]),
        arguments=OBJECTS.map(json.dumps),
    ),
    max_size=3,
).map(tuple)
LOGPROBS = st.lists(
    st.builds(TokenLogprob, token=st.text(max_size=3), logprob=st.floats(-9, 0), top=st.just((("a", -1.0),))),
    max_size=2,
).map(tuple)
CONTENTS = st.builds(
    Content, text=st.text(max_size=20), reasoning=st.text(max_size=9), tool_calls=CALLS, logprobs=LOGPROBS
)
ENDINGS = st.sampled_from([each for each in Finish if each is not Finish.TOOL_CALLS])
USAGES = st.none() | st.builds(
    Usage,
    input_tokens=st.integers(50, 99),
    cached_tokens=st.integers(0, 50),
    output_tokens=st.integers(9, 99),
    reasoning_tokens=st.integers(0, 9),
)


@given(CONTENTS, ENDINGS, USAGES)
def test_what_is_written_is_read_again_as_it_was(content: Content, finish: Finish, usage: Usage | None) -> None:
    if content.tool_calls and finish is Finish.STOP:
        finish = Finish.TOOL_CALLS
    generation = Generation(
        dialect=Dialect.ANTHROPIC_MESSAGES, content=content, finish=finish, usage=usage, served_model="m-1"
    )
    again = GEMINI.read_answer(
        GEMINI.write_answer(generation, THOUGHTFUL, b'{"run":"r"}', run_id="r", created_s=1), want_content=True
    )
    assert (again.failure, again.finish, again.served_model) == (None, finish, "m-1")
    assert again.content is not None
    assert (again.content.text, again.content.reasoning) == (content.text, content.reasoning)
    assert again.content.logprobs == content.logprobs
    assert [(call.id, call.name, call.arguments) for call in again.content.tool_calls] == [
        (call.id, call.name, call.arguments) for call in content.tool_calls
    ]
    if usage is None:
        assert again.usage is None
    else:
        assert again.usage is not None
        assert (again.usage.input_tokens, again.usage.cached_tokens) == (usage.input_tokens, usage.cached_tokens)
        assert (again.usage.output_tokens, again.usage.reasoning_tokens) == (
            usage.output_tokens,
            usage.reasoning_tokens,
        )


def test_answers_that_nobody_has_asked_for_are_told() -> None:
    one, other = response({"text": "a"}), response({"text": "b"})
    assert not read(one).others
    assert read(one | {"candidates": [*one["candidates"], *other["candidates"]]}).others
